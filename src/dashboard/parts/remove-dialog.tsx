/**
 * Asks whether a certificate is to be forgotten, and does it.
 *
 * @module
 */
import type { CertificateDetail } from '../answers.ts';
import { remove } from '../client.ts';
import { countText } from '../format.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Instant } from './instant.tsx';

interface Props {
  readonly certificate: CertificateDetail;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

export function RemoveDialog({ certificate, onRemoved, onClose }: Props) {
  const { id, names, current } = certificate;
  const [name = '', ...others] = names;
  return (
    <ConfirmDialog
      title={`Remove ${name}`}
      name={name}
      action="Remove it"
      onClose={onClose}
      onConfirm={async () => {
        await remove(`/v1/certificates/${encodeURIComponent(id)}`);
        onRemoved();
      }}
    >
      <div class="panel panel-warn">
        <ul class="follows">
          <li>
            certctl forgets the certificate with its private key and its history, and no longer
            serves or renews it
            {others.length > 0 && <>; {countText(others.length, 'other name')} of it, too</>}. This
            cannot be undone.
          </li>
          {current !== undefined && current.revokedAt === undefined && (
            <li>
              It is not revoked: whoever has a copy can use it until it expires{' '}
              <Instant at={current.notAfter} />.
            </li>
          )}
        </ul>
      </div>
    </ConfirmDialog>
  );
}
