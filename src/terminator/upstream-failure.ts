/**
 * What the log and the client are told when an upstream fails.
 *
 * @module
 */
import { systemCode } from '../core/errors.ts';
import { type Upstream, upstreamText } from '../feed/upstream.ts';
import type { Log } from '../observe/log.ts';
import type { Counters } from './counters.ts';
import { createRequestId, type ErrorPage } from './error-page.ts';
import type { Exchange } from './exchange.ts';
import type { Observation } from './observation.ts';

/** @returns the page for the client, which names the line of the log and nothing of the inside. */
export function reportFailure(
  {
    counters,
    log,
    observation,
  }: { readonly counters: Counters; readonly log: Log; readonly observation: Observation },
  { connection: { endpoint, tally }, origin }: Pick<Exchange, 'connection' | 'origin'>,
  upstream: Upstream | undefined,
  error: Error,
): ErrorPage {
  const requestId = createRequestId();
  const [status, text] = judge(error);
  counters.upstreamFailures += 1;
  observation.countUpstreamFailure(tally);
  log.warn(
    {
      requestId,
      endpoint: endpoint.host,
      client: origin.clientAddress,
      status,
      ...(upstream === undefined ? {} : { upstream: upstreamText(upstream) }),
      error: error.message,
      ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
      code: systemCode(error),
    },
    'the upstream failed',
  );
  return { status, text, requestId };
}

function judge(error: Error): [status: number, text: string] {
  // Why a connection could not be made is in the cause.
  const codes = [error, error.cause].map((thrown) => systemCode(thrown) ?? '');
  if (codes.some((code) => TIMEOUTS.has(code))) {
    return [504, 'The upstream did not answer in time.'];
  }
  if (codes.includes(OVERLOADED)) {
    return [503, 'Too many requests wait for the upstream. Try again later.'];
  }
  return [502, 'The upstream cannot be reached.'];
}

/** More requests wait for a connection to the upstream than may. */
export const OVERLOADED = 'UPSTREAM_OVERLOADED';

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
