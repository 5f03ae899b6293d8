/**
 * Asks why a certificate is to be revoked, and begins it.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import type { RevocationReason } from '../../core/revocation-reason.ts';
import type { CertificateDetail, Job } from '../answers.ts';
import { post } from '../client.ts';
import { countText } from '../format.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** Each of them, as the compiler sees to. */
const REASONS: Readonly<Record<RevocationReason, string>> = {
  unspecified: 'No particular reason',
  keyCompromise: 'Somebody else may have the private key',
  affiliationChanged: 'The names belong to somebody else now',
  superseded: 'Another certificate took its place',
  cessationOfOperation: 'It is no longer used',
};

interface Props {
  readonly certificate: CertificateDetail;
  readonly onStarted: (job: Job) => void;
  readonly onClose: () => void;
}

export function RevokeDialog({ certificate, onStarted, onClose }: Props) {
  const [reason, setReason] = useState<RevocationReason>('unspecified');
  const { id, names, source } = certificate;
  const [name = '', ...others] = names;
  return (
    <ConfirmDialog
      title={`Revoke ${name}`}
      name={name}
      action="Revoke it"
      onClose={onClose}
      onConfirm={async () => {
        const path = `/v1/certificates/${encodeURIComponent(id)}/revoke`;
        onStarted(await post<Job>(path, { reason }));
      }}
    >
      <label class="field">
        <span>Reason</span>
        <select
          name="reason"
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value as RevocationReason)}
        >
          {Object.entries(REASONS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <div class="panel panel-warn">
        <ul class="follows">
          <li>
            The CA is told, and clients that ask it refuse the certificate
            {others.length > 0 && <> for this and {countText(others.length, 'other name')}</>}. This
            cannot be undone.
          </li>
          {reason === 'keyCompromise' && (
            <li>
              Every certificate with the same key is revoked and replaced, too, and no certificate
              gets this key again.
            </li>
          )}
          <li>
            {source === 'released'
              ? 'Nothing takes its place: the configuration no longer has it.'
              : 'It stays managed: certctl obtains a new one, with a new key, at once. Remove it where that is not wanted.'}
          </li>
        </ul>
      </div>
    </ConfirmDialog>
  );
}
