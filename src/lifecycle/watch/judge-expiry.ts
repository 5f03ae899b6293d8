/**
 * Whether somebody has to be told that a certificate is about to expire, or has.
 *
 * @module
 */
import type { NewEvent } from '../../observe/events/event.ts';
import { bounded } from '../../observe/events/fields.ts';
import type { CertificateRecord } from '../../store/records.ts';
import type { CertificateWithIssuance } from '../../store/store.ts';
import { renewalInstant } from '../planner/renewal-instant.ts';

/**
 * The event that is to be told by now, once for each issuance and fraction; `undefined` while the
 * renewal is not due, or has not been due for long.
 */
export function judgeExpiry(
  { certificate, issuance }: CertificateWithIssuance,
  fractions: readonly number[],
  now: Date,
): NewEvent | undefined {
  // A revoked one was told of when it was.
  if (issuance === undefined || issuance.revokedAt !== undefined) return undefined;
  const { notBefore, notAfter, serial } = issuance;
  const about = { certificateId: certificate.id, names: certificate.spec.names };
  const facts = { notAfter: notAfter.toISOString(), serial, reason: reasonOf(certificate) };
  if (notAfter <= now) {
    const once = `expired/${issuance.id}`;
    return { type: 'certificate.expired.v1', ...about, data: facts, once };
  }
  const left = (notAfter.getTime() - now.getTime()) / (notAfter.getTime() - notBefore.getTime());
  const fractionLeft = Math.min(...fractions.filter((fraction) => left <= fraction));
  if (!Number.isFinite(fractionLeft)) return undefined;
  if (isRenewed(certificate) && renewalInstant(issuance, certificate.renewal).at > now) {
    return undefined;
  }
  return {
    type: 'certificate.expiring.v1',
    ...about,
    data: { ...facts, fractionLeft },
    once: `expiring/${issuance.id}/${fractionLeft}`,
  };
}

function isRenewed({ source }: CertificateRecord): boolean {
  return source !== 'imported' && source !== 'released';
}

function reasonOf({ source, failure, waiting }: CertificateRecord): string {
  if (source === 'imported') return 'it was imported, and is never renewed';
  if (source === 'released') return 'the configuration no longer names it';
  if (failure?.parked !== undefined) return bounded(`it is parked: ${failure.parked.message}`);
  if (failure !== undefined) {
    return bounded(`${failure.count} attempts failed: ${failure.lastError.message}`);
  }
  if (waiting !== undefined) return bounded(`it waits: ${waiting.message}`);
  return 'no renewal has succeeded yet';
}
