/**
 * How wrong the clock may be.
 *
 * @module
 */
import { MINUTE_MS } from '../../core/clock.ts';

/** What CAs and the clients of certificates tolerate. */
export const TOLERABLE_CLOCK_ERROR_MS = 5 * MINUTE_MS;

/** `aheadMs` is the CA's clock minus ours. */
export function clockText(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / MINUTE_MS);
  const side = aheadMs > 0 ? 'behind' : 'ahead of';
  return `the clock of this machine is ${minutes} minutes ${side} that of the CA`;
}
