/**
 * Errors as problem documents (RFC 9457).
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import type { AppError } from '../../core/errors.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Problem {
  /** A tag URI: it names the kind of error and leads nowhere. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly mend?: string;
  readonly retryAt?: string;
  readonly requestId: string;
}

/** Of what is our own fault only the id goes out: the log has the rest. */
export function problemOf(error: AppError, requestId: string): Problem {
  const { code, mend, retryAt } = error;
  const { title, status } = error.spec;
  const isOurs = code === 'internal/unexpected';
  return {
    type: `tag:certctl,2026:${code}`,
    title,
    status,
    detail: isOurs ? 'the log has the details under the id of this request' : error.message,
    code,
    ...(isOurs
      ? { mend: 'Look for the request id in the log of the daemon, and report what is there.' }
      : mend === undefined
        ? {}
        : { mend }),
    ...(retryAt === undefined ? {} : { retryAt: retryAt.toISOString() }),
    requestId,
  };
}

const SECOND = 1_000;

export function problemHeaders({ code, retryAt }: AppError, clock: Clock): Record<string, string> {
  const seconds =
    retryAt === undefined
      ? undefined
      : Math.max(1, Math.ceil((retryAt.getTime() - clock.now().getTime()) / SECOND));
  return {
    'content-type': PROBLEM_TYPE,
    ...(code === 'api/unauthenticated' ? { 'www-authenticate': 'Bearer realm="certctl"' } : {}),
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
  };
}
