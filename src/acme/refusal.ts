/**
 * An answer with an error status, as the error that it means.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { hostOf } from './https-url.ts';
import { linksOf } from './link-header.ts';
import { describeProblem, type Problem, problemSchema } from './problem.ts';
import { ACME_PROBLEMS, UNKNOWN_PROBLEM } from './problem-types.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { TransportResponse } from './transport.ts';

/** @returns the error of a response whose status is not 2xx. */
export function refusalOf(response: TransportResponse, attempted: string): AppError {
  const problem = parseProblem(response);
  const details = {
    context: { url: response.url, status: response.status, ...(problem && { problem }) },
    retryAt: parseRetryAfter(response.headers['retry-after'], response.receivedAt),
  };
  const host = hostOf(response.url);
  if (problem === undefined) return bareRefusal(response, host, attempted, details);
  const { code, mend } = meaningOf(problem, response.status);
  return new AppError(
    code,
    `${host} ${code === 'acme/server-error' ? 'failed' : 'refused'} to ${attempted}: ${describeProblem(problem)}`,
    {
      ...details,
      mend: code === 'acme/terms-required' ? termsMend(response, problem, mend) : mend,
    },
  );
}

/** The problem document in the body, or `undefined` where a proxy or a bare server answered. */
export function parseProblem(response: TransportResponse): Problem | undefined {
  try {
    const parsed = problemSchema.safeParse(JSON.parse(response.body));
    // {} or a foreign JSON object would read as a problem without a word in it.
    if (!parsed.success || (parsed.data.detail === '' && parsed.data.type === 'about:blank')) {
      return undefined;
    }
    return parsed.data;
  } catch {
    return undefined;
  }
}

function meaningOf(problem: Problem, status: number): (typeof ACME_PROBLEMS)[string] {
  const known = Object.hasOwn(ACME_PROBLEMS, problem.type)
    ? ACME_PROBLEMS[problem.type]
    : undefined;
  if (known !== undefined) return known;
  if (status === 429) return ACME_PROBLEMS['rateLimited'] ?? UNKNOWN_PROBLEM;
  if (status >= 500) return ACME_PROBLEMS['serverInternal'] ?? UNKNOWN_PROBLEM;
  return UNKNOWN_PROBLEM;
}

/** Load balancers refuse without a problem document, by 429 or 503 and `Retry-After`. */
function bareRefusal(
  response: TransportResponse,
  host: string,
  attempted: string,
  details: { context: Record<string, unknown>; retryAt: Date | undefined },
): AppError {
  const { status } = response;
  if (status === 429 || status >= 500) {
    return new AppError(
      status === 429 ? 'acme/rate-limited' : 'acme/server-error',
      `${host} ${status === 429 ? 'refused' : 'failed'} to ${attempted}: HTTP status ${status}`,
      { ...details, mend: 'Try again later, and look at the status page of the CA.' },
    );
  }
  const kind = response.headers['content-type']?.split(';')[0] ?? 'nothing';
  return new AppError(
    'acme/bad-response',
    `${host} answers with status ${status} and ${kind} instead of an ACME problem, to ${attempted}`,
    {
      ...details,
      mend: 'Check the directory URL, and whether a proxy answers in place of the CA.',
    },
  );
}

function termsMend(response: TransportResponse, problem: Problem, mend: string): string {
  const url =
    linksOf(response.headers['link'], 'terms-of-service', response.url)[0] ?? problem.instance;
  return url === undefined ? mend : `Read ${url} and accept the terms there.`;
}
