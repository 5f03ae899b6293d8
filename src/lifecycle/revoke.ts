/**
 * Revokes what is served now, or forgets a certificate.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import { parseChain } from '../pki/chain.ts';
import { schedule } from './attend.ts';
import type { LifecycleContext } from './context.ts';
import { selectCertificate } from './select.ts';
import { type CertificateView, viewCertificate } from './view.ts';

export async function revokeCertificate(
  context: LifecycleContext,
  request: { readonly name: string; readonly reason: RevocationReason },
  signal: AbortSignal,
): Promise<CertificateView> {
  const { store, issuers, clock, onChanged } = context;
  const { certificate, issuance } = await selectCertificate(store, request.name);
  if (issuance === undefined) {
    throw new AppError('certificate/not-found', `nothing has been issued for ${request.name} yet`);
  }
  if (certificate.source === 'imported') {
    throw new AppError(
      'issuer/unsupported',
      `${request.name} was imported: its CA is not known here`,
      {
        mend: 'Revoke it where it came from, and then forget it with `certctl remove`.',
      },
    );
  }
  if (issuance.revokedAt === undefined) {
    const issuer = await issuers.find(issuance.issuer);
    await issuer.revoke(parseChain(issuance.chainPem).leafDer, request.reason, signal);
    await store.issuances.markRevoked(issuance.id, clock.now(), request.reason);
  }
  const revoked = await store.issuances.find(issuance.id);
  const updated = await schedule(context, certificate.id, revoked);
  onChanged(certificate.spec.names);
  return viewCertificate(clock, updated, revoked);
}

/** Removes the certificate, its keys and its history from the store. The CA is not told. */
export async function removeCertificate(
  { store, onChanged, clock }: LifecycleContext,
  name: string,
): Promise<CertificateView> {
  const { certificate, issuance } = await selectCertificate(store, name);
  if (certificate.source === 'file' || certificate.source === 'endpoint') {
    throw new AppError('certificate/conflict', `${name} is managed by the configuration file`, {
      mend: 'Remove it from the file first.',
    });
  }
  const view = viewCertificate(clock, certificate, issuance);
  await store.certificates.remove(certificate.id);
  onChanged(certificate.spec.names);
  return view;
}
