/**
 * Renewal information: when a CA wants a certificate renewed (RFC 9773 §4).
 *
 * @module
 */
import { z } from 'zod';
import { after, DAY_MS, HOUR_MS, MINUTE_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { httpsUrl } from './https-url.ts';
import { badAnswer, parseAnswer } from './parse-answer.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { TransportResponse } from './transport.ts';

export interface RenewalInfo {
  readonly suggestedWindow: { readonly start: Date; readonly end: Date };
  /** For the operator: why the window is where it is. */
  readonly explanationURL: string | undefined;
  /** When to fetch again: neither much before nor after. */
  readonly retryAt: Date;
}

const SHORTEST_DELAY_MS = MINUTE_MS;
const LONGEST_DELAY_MS = DAY_MS;
/** RFC 9773 §4.3.3: the delay to the next fetch where the server named none. */
export const RENEWAL_INFO_DEFAULT_DELAY_MS = 6 * HOUR_MS;

const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
    'is no RFC 3339 instant',
  )
  .transform((text) => new Date(text))
  .refine((date) => !Number.isNaN(date.getTime()), 'is no instant');

const renewalInfoSchema = z.object({
  suggestedWindow: z.object({ start: instant, end: instant }),
  explanationURL: httpsUrl.optional().catch(undefined),
});

/** @throws `acme/bad-response` also for a window that ends before it starts. */
export function parseRenewalInfo(response: TransportResponse, attempted: string): RenewalInfo {
  const { suggestedWindow, explanationURL } = parseAnswer(response, renewalInfoSchema, attempted);
  if (suggestedWindow.end <= suggestedWindow.start) {
    throw badAnswer(response, attempted, 'its window ends before it starts');
  }
  return { suggestedWindow, explanationURL, retryAt: nextFetch(response) };
}

/**
 * True for faults that may be over soon (RFC 9773 §4.3.3): timeouts and 5xx answers, which call
 * for a capped backoff. Any other fault is long-term: fetch again after
 * `RENEWAL_INFO_DEFAULT_DELAY_MS` and renew by the certificate's own dates until then.
 */
export function isTemporaryRenewalInfoError(error: unknown): boolean {
  return (
    error instanceof AppError &&
    (error.code === 'acme/timeout' || error.code === 'acme/server-error')
  );
}

function nextFetch({ headers, receivedAt }: TransportResponse): Date {
  const asked = parseRetryAfter(headers['retry-after'], receivedAt);
  const delayMs =
    asked === undefined ? RENEWAL_INFO_DEFAULT_DELAY_MS : asked.getTime() - receivedAt.getTime();
  return after(receivedAt, Math.min(Math.max(delayMs, SHORTEST_DELAY_MS), LONGEST_DELAY_MS));
}
