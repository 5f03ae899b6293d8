/**
 * The exit status of a command (sysexits.h): from the error table, and nowhere else.
 *
 * @module
 */
import type { AppError } from '../core/errors.ts';

export const EXIT_DONE = 0;
/** 128 + SIGINT, as shells count it. */
export const EXIT_INTERRUPTED = 130;

export function exitCodeOf(error: AppError): number {
  return error.spec.exit;
}
