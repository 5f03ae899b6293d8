/**
 * Requests to the HTTP API of a DNS host: bounded, patient with short rate limits, and without
 * secrets in what they report.
 *
 * @module
 */
import type { z } from 'zod';
import { after, type Clock, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { redact } from '../wire/foreign-text.ts';
import { findRefusalText } from './refusal-text.ts';
import { openTransport, type Transport } from './transport.ts';

export interface HostApiOptions {
  /** As messages call the host: `Cloudflare`. */
  readonly host: string;
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Hidden wherever the host's words are shown, as is what `authorize` returns. */
  readonly secrets: readonly string[];
  /** What to do when the host refuses the credential. */
  readonly unauthorizedMend: string;
  /** Further headers, such as credentials and signatures, of the request that is to be sent. */
  readonly authorize?: (request: SentRequest, signal: AbortSignal) => Headers | Promise<Headers>;
  /** A refusal in the host's own form, also in an answer with a status of success. */
  readonly readRefusal?: (answer: HostAnswer) => Refusal | undefined;
  /** How long the host blocks who asks too often, when it does not say so. */
  readonly limitPeriodMs?: number;
  /** Trusted beside the usual authorities. */
  readonly caPem?: string | undefined;
  /** For one request with its answer. */
  readonly timeoutMs?: number;
}

type Headers = Readonly<Record<string, string>>;

export interface HostRequest {
  /** What is attempted, for messages: `cannot list the zones`. */
  readonly attempt: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Headers;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly xml?: string;
  /** Statuses that are answers rather than refusals, such as 404 of a record that is gone. */
  readonly expected?: readonly number[];
}

/** A request as it goes out, for signatures. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** `undefined` when it is not JSON. */
  readonly json: unknown;
}

export interface Refusal {
  /** By the status when absent. */
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
  /** The host's own numbers or words for what is wrong; see `refusalReasons`. */
  readonly reasons?: readonly (number | string)[];
  /** When the host says in the answer's body how long to wait. */
  readonly waitMs?: number | undefined;
}

export interface HostApi {
  /** @throws `dns/unauthorized`, `dns/rate-limited`, `dns/unavailable`, `dns/rejected`. */
  send(request: HostRequest, signal: AbortSignal): Promise<HostAnswer>;
  /** The same for an answer in JSON, as `schema` has it. */
  ask<Result>(
    request: HostRequest,
    schema: z.ZodType<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /** The same; `undefined` for a status that the request expects, 404 unless it says otherwise. */
  find<Result>(
    request: HostRequest,
    schema: z.ZodType<Result>,
    signal: AbortSignal,
  ): Promise<Result | undefined>;
  close(): Promise<void>;
}

export function createHostApi(options: HostApiOptions): HostApi {
  // Opened at the first request: most runs never ask the host.
  let transport: Promise<Transport> | undefined;
  const send = async (request: HostRequest, signal: AbortSignal): Promise<HostAnswer> => {
    for (let waits = 0; ; waits += 1) {
      signal.throwIfAborted();
      const { answer, hidden } = await exchange(
        options,
        request,
        await (transport ??= openTransport(options)),
        signal,
      );
      const refusal = refusalOf(options, request, answer);
      if (refusal === undefined) return answer;
      const error = errorOf(options, request, answer, refusal, hidden);
      const waitMs = shortWaitOf(error, options.clock.now());
      if (waitMs === undefined || waits >= MOST_WAITS) throw error;
      await options.clock.sleep(waitMs, signal);
    }
  };
  return {
    send,
    ask: async (request, schema, signal) => {
      const answer = await send(request, signal);
      return readAnswer(options, request, answer, schema);
    },
    find: async (request, schema, signal) => {
      const { expected = NOT_FOUND } = request;
      const answer = await send({ ...request, expected }, signal);
      if (expected.includes(answer.status)) return undefined;
      return readAnswer(options, request, answer, schema);
    },
    close: async () => {
      const opened = await transport;
      transport = undefined;
      await opened?.close();
    },
  };
}

function readAnswer<Result>(
  { host }: HostApiOptions,
  { attempt }: HostRequest,
  { json, status }: HostAnswer,
  schema: z.ZodType<Result>,
): Result {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new AppError('dns/unavailable', `${attempt}: unexpected answer of ${host}`, {
    mend: `Try again later; look at the status page of ${host}.`,
    context: { status },
    cause: result.error,
  });
}

/** The host's own numbers or words for the refusal `error`, for callers that treat some as success. */
export function refusalReasons(error: unknown): readonly (number | string)[] {
  if (!(error instanceof AppError)) return [];
  const { reasons } = error.context;
  return Array.isArray(reasons) ? (reasons as (number | string)[]) : [];
}

interface Exchange {
  readonly answer: HostAnswer;
  readonly hidden: readonly string[];
}

async function exchange(
  { host, baseUrl, secrets, authorize, timeoutMs = REQUEST_TIMEOUT_MS }: HostApiOptions,
  request: HostRequest,
  transport: Transport,
  signal: AbortSignal,
): Promise<Exchange> {
  const sent = sentRequestOf(baseUrl, request);
  const credentials = (await authorize?.(sent, signal)) ?? {};
  try {
    const { status, headers, text } = await transport.send(
      {
        ...sent,
        headers: {
          accept: 'application/json',
          'user-agent': 'certctl',
          ...contentTypeOf(request),
          ...request.headers,
          ...credentials,
        },
      },
      AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    );
    const hidden = [...secrets, ...Object.values(credentials).flatMap(partsOf)];
    return { answer: { status, headers, text, json: parseJson(text) }, hidden };
  } catch (thrown) {
    signal.throwIfAborted();
    throw new AppError('dns/unavailable', `${request.attempt}: ${host} does not answer`, {
      mend: `Check that this machine reaches ${sent.url.origin}.`,
      context: { url: sent.url.origin },
      cause: thrown,
    });
  }
}

function sentRequestOf(baseUrl: string, { method, path, query, json, form, xml }: HostRequest) {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}${search}`);
  if (json !== undefined) return { method, url, body: JSON.stringify(json) };
  if (form !== undefined) return { method, url, body: new URLSearchParams(form).toString() };
  return { method, url, body: xml ?? '' };
}

function contentTypeOf({ json, form, xml }: HostRequest): Headers {
  if (json !== undefined) return { 'content-type': 'application/json' };
  if (form !== undefined) return { 'content-type': 'application/x-www-form-urlencoded' };
  return xml === undefined ? {} : { 'content-type': 'application/xml' };
}

function refusalOf(
  { readRefusal }: HostApiOptions,
  { expected = [] }: HostRequest,
  answer: HostAnswer,
): Refusal | undefined {
  if (expected.includes(answer.status)) return undefined;
  const named = readRefusal?.(answer);
  if (named !== undefined) return named;
  const isSuccess = answer.status >= 200 && answer.status < 300;
  return isSuccess ? undefined : { message: findRefusalText(answer.json) };
}

function errorOf(
  { host, clock, unauthorizedMend, limitPeriodMs = LIMIT_PERIOD_MS }: HostApiOptions,
  { attempt }: HostRequest,
  { status, headers }: HostAnswer,
  { code = faultOf(status), message = '', reasons = [], waitMs = limitPeriodMs }: Refusal,
  hidden: readonly string[],
): AppError {
  const said = redact(message, hidden).replaceAll('\n', ' ').trim();
  const shown = said === '' ? `status ${status}` : said.slice(0, MOST_MESSAGE_CHARACTERS);
  return new AppError(code, `${attempt}: ${shown}`, {
    mend: mendOf(code, host, unauthorizedMend),
    context: { status, reasons },
    retryAt: retryAtOf(code, headers['retry-after'], waitMs, clock.now()),
  });
}

function faultOf(status: number): ErrorCode {
  if (status === 429) return 'dns/rate-limited';
  if (status === 401 || status === 403) return 'dns/unauthorized';
  return status >= 500 ? 'dns/unavailable' : 'dns/rejected';
}

function mendOf(code: ErrorCode, host: string, unauthorizedMend: string): string | undefined {
  if (code === 'dns/unauthorized') return unauthorizedMend;
  if (code === 'dns/unavailable') return `Try again later; look at the status page of ${host}.`;
  if (code === 'dns/rejected') return `Check the zone at ${host} for what stands in the way.`;
  return undefined;
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAtOf(
  code: ErrorCode,
  retryAfter: string | string[] | undefined,
  usualMs: number,
  now: Date,
): Date | undefined {
  if (code !== 'dns/rate-limited') return undefined;
  const given = typeof retryAfter === 'string' ? retryAfter : '';
  const seconds = given.trim() === '' ? Number.NaN : Number(given);
  const named = Number.isFinite(seconds) ? seconds * SECOND_MS : Date.parse(given) - now.getTime();
  const waitMs = Number.isFinite(named) ? named : usualMs;
  return after(now, Math.min(Math.max(waitMs, SECOND_MS), LONGEST_RETRY_MS));
}

/** How long to wait for room here and now rather than to fail. */
function shortWaitOf({ code, retryAt }: AppError, now: Date): number | undefined {
  if (code !== 'dns/rate-limited' || retryAt === undefined) return undefined;
  const waitMs = retryAt.getTime() - now.getTime();
  return waitMs <= LONGEST_WAIT_MS ? waitMs : undefined;
}

/** `Bearer abc` is hidden in whole and in part. */
function partsOf(header: string): string[] {
  return [header, header.slice(header.indexOf(' ') + 1)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NOT_FOUND = [404];
const REQUEST_TIMEOUT_MS = 30 * SECOND_MS;
const MOST_MESSAGE_CHARACTERS = 300;

/** Hosts that allow few requests a second say so in seconds. */
const LONGEST_WAIT_MS = 15 * SECOND_MS;
const MOST_WAITS = 4;
const LIMIT_PERIOD_MS = MINUTE_MS;
const LONGEST_RETRY_MS = 60 * MINUTE_MS;
