/**
 * Whether a certificate that clients brought about may be ordered again, and what becomes of it if not.
 *
 * @module
 */
import { DAY_MS, after } from '../../core/clock.ts';
import { ERRORS } from '../../core/errors.ts';
import type { CertificateRecord, IssuanceRecord } from '../../store/records.ts';
import { changeCertificate } from '../change-certificate.ts';
import type { LifecycleContext } from '../context.ts';

/** What was never issued is tried so often; then the next client has to bring it about anew. */
const MOST_FAILURES_BEFORE_FIRST = 3;

/** True for what no attempt of our own would bring forward. */
export function isGivenUp({ issuanceId, failure }: CertificateRecord): boolean {
  if (issuanceId !== undefined || failure === undefined) return false;
  const { retry } = ERRORS[failure.lastError.code];
  const isOurs = retry === 'after-delay' || retry === 'now';
  return !isOurs || failure.count >= MOST_FAILURES_BEFORE_FIRST;
}

/**
 * Removes a certificate that serves nobody; one that is valid stays until it expires, and is asked
 * about once a day, for a no can be a mistake.
 */
export async function withdraw(
  { store, clock, onChanged }: LifecycleContext,
  certificate: CertificateRecord,
  issuance: IssuanceRecord | undefined,
  reason: string,
): Promise<CertificateRecord> {
  const now = clock.now();
  if (issuance === undefined || issuance.notAfter <= now) {
    await store.certificates.remove(certificate.id);
    onChanged(certificate.spec.names);
    return certificate;
  }
  const tomorrow = after(now, DAY_MS);
  const nextActionAt = issuance.notAfter < tomorrow ? issuance.notAfter : tomorrow;
  const waiting = { scope: 'on-demand', message: `not renewed: ${reason}`, until: nextActionAt };
  return changeCertificate(store, certificate.id, ({ failure: _over, ...record }) => ({
    ...record,
    waiting,
    nextActionAt,
    updatedAt: now,
  }));
}
