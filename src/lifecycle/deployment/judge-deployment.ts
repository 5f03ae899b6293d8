/**
 * Whether a certificate has to be brought to a target now, and when after a failure: pure.
 *
 * @module
 */
import { HOUR_MS, MINUTE_MS, type Random, SECOND_MS, after } from '../../core/clock.ts';
import type { AppError } from '../../core/errors.ts';
import type { DeploymentRecord } from '../../store/deployments.ts';
import type { IssuanceRecord } from '../../store/records.ts';

/** Seconds first: most targets that fail are being restarted. */
const DELAYS_MS = [
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
];
const LONGEST_DELAY_MS = 4 * HOUR_MS;
const JITTER = 0.1;

export function isDue(
  issuance: IssuanceRecord,
  settingsDigest: string,
  record: DeploymentRecord | undefined,
  now: Date,
): boolean {
  // No server is better off with a certificate that nobody accepts.
  if (issuance.revokedAt !== undefined || issuance.notAfter <= now) return false;
  const { deployed, failure } = record ?? {};
  // A new issuance is news; otherwise what failed waits for its turn.
  if (failure?.issuanceId === issuance.id && failure.retryAt > now) return false;
  if (failure !== undefined) return true;
  return deployed?.issuanceId !== issuance.id || deployed.settingsDigest !== settingsDigest;
}

export function retryDeploymentAt(error: AppError, count: number, now: Date, random: Random): Date {
  const delay = DELAYS_MS[count - 1] ?? LONGEST_DELAY_MS;
  const own = after(now, Math.round(delay * (1 + JITTER * random())));
  return error.retryAt !== undefined && error.retryAt > own ? error.retryAt : own;
}
