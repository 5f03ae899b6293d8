/**
 * Revokes a certificate from files, by its own key: no account and no record is needed.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Issuer } from '../issuers/issuer.ts';
import type { Reporter } from '../observe/progress.ts';
import { parseCertificates, parseChain } from '../pki/chain.ts';
import { parsePrivateKeyPem } from '../pki/keys.ts';
import { schedule } from './attend.ts';
import { revokeEverywhere } from './compromise.ts';
import type { LifecycleContext } from './context.ts';

export interface ForeignRevocation {
  readonly chainPem: string;
  readonly privateKeyPem: string;
  readonly reason: RevocationReason;
  readonly issuer: Issuer;
}

export interface RevokedCertificate {
  readonly names: readonly string[];
  readonly serial: string;
  readonly fingerprint256: string;
}

/** What the store has of this certificate, and of a compromised key, follows. */
export async function revokeForeign(
  context: LifecycleContext,
  request: ForeignRevocation,
  report: Reporter,
  signal: AbortSignal,
): Promise<RevokedCertificate> {
  const { store, clock } = context;
  const { names, serial, fingerprint256, leafDer, keyFingerprint256 } = parseChain(
    request.chainPem,
  );
  const [leaf] = parseCertificates(request.chainPem);
  const privateKey = parsePrivateKeyPem(request.privateKeyPem);
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new AppError('input/invalid', 'the private key is not that of the certificate', {
      mend: 'Give the key from which this certificate was requested.',
    });
  }
  const { issuer } = request;
  if (issuer.revokeByKey === undefined) {
    throw new AppError('issuer/unsupported', `${issuer.name} does not revoke by key`, {
      mend: 'Name the ACME CA that issued the certificate with --directory.',
    });
  }
  await issuer.revokeByKey(leafDer, privateKey, request.reason, signal);
  for (const issuance of await store.issuances.withKey(keyFingerprint256)) {
    if (issuance.fingerprint256 !== fingerprint256 || issuance.revokedAt !== undefined) continue;
    await store.issuances.markRevoked(issuance.id, clock.now(), request.reason);
    await follow(context, issuance.certificateId);
  }
  if (request.reason === 'keyCompromise') {
    await revokeEverywhere(context, keyFingerprint256, report, signal);
  }
  return { names, serial, fingerprint256 };
}

async function follow(context: LifecycleContext, certificateId: string): Promise<void> {
  const certificate = await context.store.certificates.find(certificateId);
  if (certificate?.issuanceId === undefined) return;
  const current = await context.store.issuances.find(certificate.issuanceId);
  await schedule(context, certificateId, current);
  context.onChanged(certificate.spec.names);
}
