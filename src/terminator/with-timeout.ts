/**
 * A bound on the time of an operation that cannot be cancelled.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';

/**
 * The operation goes on after the timeout; its late result is dropped.
 *
 * @throws `feed/unavailable` after `milliseconds`.
 */
export async function withTimeout<T>(
  operation: () => Promise<T>,
  milliseconds: number,
  what: string,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new AppError('feed/unavailable', `${what} took longer than ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([operation(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
