/**
 * When a certificate is to be renewed.
 *
 * @module
 */
import type { Random } from '../../core/clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import type { RenewalState } from '../../store/records.ts';

const SHORT_LIFE_MS = 10 * DAY_MS;
/** The part of life that must be left at the latest, whatever the CA suggests. */
const LATEST_PART = 1 / 10;
/** With less than this part of life left, growing delays between attempts would cost it. */
const EMERGENCY_PART = 1 / 50;
/** The part of its life that a certificate lasts at least, within these bounds. */
const SHORTEST_USE_PART = 1 / 50;
const SHORTEST_USE_MS = { least: MINUTE_MS, most: HOUR_MS };

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

interface Window {
  readonly start: Date;
  readonly end: Date;
}

export interface RenewalInstant {
  readonly at: Date;
  readonly reason: 'ari-window' | 'lifetime';
}

/** The instant that counts: the one drawn from the CA's window, or the lifetime rule. */
export function renewalInstant(validity: Validity, renewal: RenewalState): RenewalInstant {
  if (renewal.renewAt === undefined) return { at: lifetimeInstant(validity), reason: 'lifetime' };
  const latest = beforeEnd(validity, LATEST_PART);
  return renewal.renewAt <= latest
    ? { at: renewal.renewAt, reason: 'ari-window' }
    : { at: latest, reason: 'lifetime' };
}

/** One third of life left; one half for short lives, where a day of trouble costs more. */
export function lifetimeInstant(validity: Validity): Date {
  return beforeEnd(validity, lifeOf(validity) <= SHORT_LIFE_MS ? 1 / 2 : 1 / 3);
}

/** From here on expiry is near enough to try again at least every hour. */
export function emergencyInstant(validity: Validity): Date {
  return beforeEnd(validity, EMERGENCY_PART);
}

/**
 * How long after an issuance no other is ordered for the same names, although a window of the CA or
 * odd dates in its certificates say that it is due: without this, such an answer makes a loop.
 */
export function shortestUseMs(validity: Validity): number {
  const { least, most } = SHORTEST_USE_MS;
  return Math.min(Math.max(Math.floor(lifeOf(validity) * SHORTEST_USE_PART), least), most);
}

/**
 * A uniformly random instant in the window (RFC 9773 §4.2). The one drawn before is kept while the
 * window stays the same: drawing at every poll would favour the window's beginning.
 */
export function drawInstant(window: Window, before: RenewalState, random: Random): Date {
  const isSame =
    before.window?.start.getTime() === window.start.getTime() &&
    before.window.end.getTime() === window.end.getTime();
  if (isSame && before.renewAt !== undefined) return before.renewAt;
  return after(
    window.start,
    Math.floor(random() * (window.end.getTime() - window.start.getTime())),
  );
}

function beforeEnd(validity: Validity, part: number): Date {
  return after(validity.notAfter, -Math.floor(lifeOf(validity) * part));
}

function lifeOf({ notBefore, notAfter }: Validity): number {
  return notAfter.getTime() - notBefore.getTime();
}
