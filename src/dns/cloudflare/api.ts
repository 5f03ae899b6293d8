/**
 * Requests to version 4 of Cloudflare's API, and the meaning of its refusals.
 *
 * @module
 */
import { z } from 'zod';
import { type Clock, MINUTE_MS } from '../../core/clock.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { createHostApi, type HostAnswer, type HostRequest, type Refusal } from '../host-api.ts';

export interface CloudflareApiOptions {
  readonly apiToken: string;
  readonly baseUrl: string;
  readonly clock: Clock;
}

export interface CloudflareAnswer<Result> {
  readonly result: Result;
  readonly totalPages: number;
}

export interface CloudflareApi {
  /** @throws `dns/unauthorized`, `dns/rate-limited`, `dns/unavailable`, `dns/rejected`. */
  send<Result>(
    request: HostRequest,
    result: z.ZodType<Result>,
    signal: AbortSignal,
  ): Promise<CloudflareAnswer<Result>>;
  close(): Promise<void>;
}

export function createCloudflareApi({
  apiToken,
  baseUrl,
  clock,
}: CloudflareApiOptions): CloudflareApi {
  const api = createHostApi({
    host: 'Cloudflare',
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Bearer ${apiToken}` }),
    unauthorizedMend:
      'Give an API token that is valid and has Zone:Read and DNS:Edit for the zone.',
    limitPeriodMs: LIMIT_PERIOD_MS,
    readRefusal,
  });
  return {
    send: async (request, result, signal) => {
      const envelope = z.object({ success: z.literal(true), result, result_info: PAGES });
      const answer = await api.ask(request, envelope, signal);
      return { result: answer.result, totalPages: answer.result_info?.total_pages ?? 1 };
    },
    close: () => api.close(),
  };
}

function readRefusal({ status, json }: HostAnswer): Refusal | undefined {
  const { data } = FAILURE.safeParse(json);
  if (data === undefined) return undefined;
  const errors = data.errors ?? [];
  const reasons = errors.map(({ code }) => code);
  return {
    code: faultOf(status, reasons),
    message: errors.map(describeError).join('; '),
    reasons,
  };
}

function faultOf(status: number, refusals: readonly number[]): ErrorCode | undefined {
  if (status === 429) return 'dns/rate-limited';
  return refusals.includes(INVALID_HEADERS) ? 'dns/unauthorized' : undefined;
}

function describeError({ code, message, error_chain }: CloudflareError): string {
  const details = (error_chain ?? []).map((part) => `, ${part.message}`).join('');
  return `${message}${details} (${code})`;
}

const ERROR = z.object({
  code: z.number(),
  message: z.string(),
  error_chain: z.array(z.object({ message: z.string() })).optional(),
});
type CloudflareError = z.output<typeof ERROR>;

const FAILURE = z.object({ success: z.literal(false), errors: z.array(ERROR).nullish() });
const PAGES = z.object({ total_pages: z.number().optional() }).nullish();

/** "Invalid request headers": the token does not even have the form of one. */
const INVALID_HEADERS = 6003;

/** Cloudflare blocks a user who asks too often for this long. */
const LIMIT_PERIOD_MS = 5 * MINUTE_MS;
