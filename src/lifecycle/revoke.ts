/**
 * Revokes what is served now, or forgets a certificate.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Reporter } from '../observe/progress.ts';
import { asSeen, claimRevision } from './as-seen.ts';
import { schedule } from './attend.ts';
import { type RevocationProof, revokeAtIssuer, revokeEverywhere } from './compromise.ts';
import type { LifecycleContext } from './context.ts';
import { keepRemoved } from './on-demand/scopes.ts';
import { keyOf } from './order-key.ts';
import { type Paired, paired } from '../core/paired.ts';
import {
  type CertificateChoice,
  chosenName,
  selectCertificate,
  selectCertificates,
} from './select.ts';
import type { CertificateWithIssuance } from '../store/store.ts';
import { type CertificateView, viewCertificate } from './view.ts';

export interface RevocationRequest extends CertificateChoice {
  readonly reason: RevocationReason;
  /** Without it by the account, and by the key where the CA does not accept the account. */
  readonly by?: RevocationProof | undefined;
}

/** A compromised key is revoked and replaced wherever it is used, not only under this name. */
export async function revokeCertificate(
  context: LifecycleContext,
  { reason, by, ...choice }: RevocationRequest,
  report: Reporter,
  signal: AbortSignal,
): Promise<CertificateView> {
  const { store, clock, onChanged } = context;
  const { certificate, issuance } = await selectCertificate(store, choice);
  const name = chosenName(choice, certificate);
  if (issuance === undefined) {
    throw new AppError('certificate/not-found', `nothing has been issued for ${name} yet`);
  }
  if (certificate.source === 'imported') {
    throw new AppError('issuer/unsupported', `${name} was imported: its CA is not known here`, {
      mend: 'Revoke it where it came from, and then forget it with `certctl remove`.',
    });
  }
  await claimRevision(context, certificate, choice.revision);
  if (issuance.revokedAt === undefined) {
    await revokeAtIssuer(context, issuance, { reason, by }, signal);
    await store.issuances.markRevoked(issuance.id, clock.now(), reason);
  }
  const revoked = await store.issuances.find(issuance.id);
  const updated = await schedule(context, certificate.id, revoked);
  onChanged(certificate.spec.names);
  if (reason === 'keyCompromise') await revokeEverywhere(context, keyOf(issuance), report, signal);
  return viewCertificate(clock, updated, revoked);
}

/** Removes the certificate or the pair, its keys and its history from the store. The CA is not told. */
export async function removeCertificate(
  context: LifecycleContext,
  choice: CertificateChoice,
): Promise<Paired<CertificateView>> {
  const { store, onChanged, clock } = context;
  const [first, second] = await selectCertificates(store, choice);
  const chosen = second === undefined ? [first] : [first, second];
  if (chosen.some(({ certificate: { source } }) => source === 'file' || source === 'endpoint')) {
    throw new AppError(
      'certificate/conflict',
      `${chosenName(choice, first.certificate)} is managed by the configuration file`,
      {
        mend: 'Remove it from the file first.',
      },
    );
  }
  const { revision } = choice;
  for (const { certificate } of chosen) {
    const { id } = certificate;
    await keepRemoved(context, certificate);
    if (revision === undefined) await store.certificates.remove(id);
    else await asSeen(certificate, revision, () => store.certificates.remove(id, revision));
  }
  onChanged(first.certificate.spec.names);
  const view = ({ certificate, issuance }: CertificateWithIssuance): CertificateView =>
    viewCertificate(clock, certificate, issuance);
  return paired(view(first), second && view(second));
}
