/**
 * A private key that others may know: every certificate with it is revoked and gets another key.
 *
 * @module
 */
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { displayName } from '../core/names.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Issuer } from '../issuers/issuer.ts';
import type { Reporter } from '../observe/progress.ts';
import { parseChain } from '../pki/chain.ts';
import type { IssuanceRecord } from '../store/records.ts';
import { schedule } from './attend.ts';
import type { LifecycleContext } from './context.ts';
import { finishOrder } from './order-work.ts';

/** What shows the CA that we may revoke (RFC 8555 §7.6). */
export type RevocationProof = 'account' | 'key';

export interface Revocation {
  readonly reason: RevocationReason;
  readonly by?: RevocationProof | undefined;
}

/** Asks the CA alone; the store learns of it from the caller. */
export async function revokeAtIssuer(
  { issuers, keys }: LifecycleContext,
  issuance: IssuanceRecord,
  { reason, by }: Revocation,
  signal: AbortSignal,
): Promise<void> {
  if (issuance.issuer === 'imported') throw cannotAsk(issuance);
  const issuer = await issuers.find(issuance.issuer);
  const { leafDer } = parseChain(issuance.chainPem);
  if (by !== 'key') {
    try {
      return await issuer.revoke(leafDer, reason, signal);
    } catch (thrown) {
      const isRefused = toAppError(thrown).code === 'acme/unauthorized';
      if (by === 'account' || !isRefused || issuer.revokeByKey === undefined) throw thrown;
    }
  }
  if (issuer.revokeByKey === undefined) throw needsNoKey(issuer);
  if (issuance.keySecretId === undefined) throw keyElsewhere(issuance);
  const privateKey = await keys.load(issuance.keySecretId);
  return issuer.revokeByKey(leafDer, privateKey, reason, signal);
}

/**
 * Revokes every other certificate with this key at its issuer, abandons orders that would use the key
 * again, and makes replacements due. Does all it can before it fails for what it could not do, so it
 * can be run again.
 */
export async function revokeEverywhere(
  context: LifecycleContext,
  keyFingerprint256: string,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock } = context;
  const sharing = await store.issuances.withKey(keyFingerprint256);
  const failures: AppError[] = [];
  for (const issuance of sharing) {
    if (issuance.revokedAt !== undefined || issuance.notAfter <= clock.now()) continue;
    const shown = `${issuance.names.map(displayName).join(', ')} (serial ${issuance.serial})`;
    try {
      await revokeAtIssuer(context, issuance, { reason: 'keyCompromise' }, signal);
      await store.issuances.markRevoked(issuance.id, clock.now(), 'keyCompromise');
      report({ step: 'revoked', message: `revoked ${shown} as well: it has the same key` });
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      const error = toAppError(thrown);
      failures.push(error);
      report({ step: 'warning', message: `${shown} has the same key: ${error.message}` });
    }
  }
  for (const certificateId of new Set(sharing.map((issuance) => issuance.certificateId))) {
    await replaceKey(context, certificateId, sharing);
  }
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}

async function replaceKey(
  context: LifecycleContext,
  certificateId: string,
  compromised: readonly IssuanceRecord[],
): Promise<void> {
  const { store, onChanged } = context;
  const order = await store.orders.unfinishedOf(certificateId);
  const isLost = compromised.some(
    ({ keySecretId }) => keySecretId !== undefined && keySecretId === order?.keySecretId,
  );
  if (order !== undefined && isLost) await finishOrder(context, order, 'abandoned');
  const certificate = await store.certificates.find(certificateId);
  if (certificate === undefined) return;
  const { issuanceId } = certificate;
  const current = issuanceId === undefined ? undefined : await store.issuances.find(issuanceId);
  await schedule(context, certificateId, current);
  onChanged(certificate.spec.names);
}

function cannotAsk({ names }: IssuanceRecord): AppError {
  const shown = names.map(displayName).join(', ');
  return new AppError('issuer/unsupported', `the CA of the imported ${shown} is not known`, {
    mend: 'Revoke it with `certctl revoke --cert FILE --key FILE --directory URL`, then replace it.',
  });
}

function needsNoKey({ name }: Issuer): AppError {
  return new AppError('issuer/unsupported', `${name} does not revoke by the certificate's key`, {
    mend: 'Leave out --by.',
  });
}

function keyElsewhere({ names }: IssuanceRecord): AppError {
  const shown = names.map(displayName).join(', ');
  return new AppError('issuer/unsupported', `the key of ${shown} is elsewhere`, {
    mend: 'Revoke it with `certctl revoke --cert FILE --key FILE --directory URL`.',
  });
}
