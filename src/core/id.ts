/**
 * Record identifiers that sort by their time of creation.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

const TIME_DIGITS = 11;

/** A new identifier: the milliseconds since 1970 in base 32, then 80 random bits. */
export function newId(now: Date): string {
  return `${idFrom(now)}${randomBytes(10).toString('hex')}`;
}

/** Sorts before every identifier of this instant and later, and after all earlier ones. */
export function idFrom(instant: Date): string {
  return Math.max(0, instant.getTime()).toString(32).padStart(TIME_DIGITS, '0');
}
