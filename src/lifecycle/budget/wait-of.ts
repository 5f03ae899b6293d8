/**
 * Errors that tell to wait, as the record of a certificate keeps them.
 *
 * @module
 */
import type { AppError } from '../../core/errors.ts';
import type { WaitState } from '../../store/records.ts';

/** What `error` says that has to be waited for. */
export function waitOf(error: AppError): WaitState | undefined {
  const { scope, unpauseUrl } = error.context;
  if (typeof scope !== 'string') return undefined;
  return {
    scope,
    message: error.message,
    ...(error.retryAt === undefined ? {} : { until: error.retryAt }),
    ...(typeof unpauseUrl === 'string' ? { url: unpauseUrl } : {}),
  };
}

/** True for what is no failure of the certificate: it was not even attempted, or must not be. */
export function isOnlyWaiting({ code }: AppError): boolean {
  return code === 'budget/exhausted' || code === 'budget/paused';
}
