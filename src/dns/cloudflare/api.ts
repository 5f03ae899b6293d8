/**
 * Requests to version 4 of Cloudflare's API, and the meaning of its refusals.
 *
 * @module
 */
import type { Agent, Dispatcher } from 'undici';
import { z } from 'zod';
import { after, type Clock, MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { redact } from '../foreign-text.ts';

export interface CloudflareApiOptions {
  readonly apiToken: string;
  readonly baseUrl: string;
  readonly clock: Clock;
  /** For one request with its answer. */
  readonly timeoutMs?: number;
}

export interface CloudflareRequest<Result> {
  /** What is attempted, for messages: `cannot list the zones`. */
  readonly attempt: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly result: z.ZodType<Result>;
}

export interface CloudflareAnswer<Result> {
  readonly result: Result;
  readonly totalPages: number;
}

export interface CloudflareApi {
  /** @throws `dns/unauthorized`, `dns/rate-limited`, `dns/unavailable`, `dns/rejected`. */
  send<Result>(
    request: CloudflareRequest<Result>,
    signal: AbortSignal,
  ): Promise<CloudflareAnswer<Result>>;
  close(): Promise<void>;
}

export function createCloudflareApi(options: CloudflareApiOptions): CloudflareApi {
  // Loaded at the first request: most runs never ask Cloudflare.
  let agent: Promise<Agent> | undefined;
  return {
    send: async (request, signal) => {
      signal.throwIfAborted();
      const reply = await exchange(options, request, await (agent ??= openAgent()), signal);
      return readAnswer(options, request, reply);
    },
    close: async () => {
      const opened = await agent;
      agent = undefined;
      await opened?.destroy();
    },
  };
}

/** Cloudflare's numbers for the refusals in `error`, for callers that treat some as success. */
export function refusalCodes(error: unknown): readonly number[] {
  if (!(error instanceof AppError)) return [];
  const { refusals } = error.context;
  return Array.isArray(refusals) ? refusals.filter((code) => typeof code === 'number') : [];
}

async function openAgent(): Promise<Agent> {
  const undici = await import('undici');
  return new undici.Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, connections: 4 });
}

interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

async function exchange<Result>(
  { apiToken, baseUrl, timeoutMs = REQUEST_TIMEOUT_MS }: CloudflareApiOptions,
  { attempt, method, path, body }: CloudflareRequest<Result>,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const response = await dispatcher.request({
      origin: new URL(baseUrl).origin,
      path: `${new URL(baseUrl).pathname.replace(/\/$/, '')}${path}`,
      method,
      headers: {
        authorization: `Bearer ${apiToken}`,
        accept: 'application/json',
        'user-agent': 'certctl',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const { 'retry-after': retryAfter } = response.headers;
    return {
      status: response.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      text: await readBounded(response.body),
    };
  } catch (thrown) {
    signal.throwIfAborted();
    throw new AppError('dns/unavailable', `${attempt}: Cloudflare does not answer`, {
      mend: 'Check that this machine reaches the API of Cloudflare.',
      context: { url: new URL(baseUrl).origin },
      cause: thrown,
    });
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw new Error(`the answer exceeds ${MOST_BODY_BYTES} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer<Result>(
  options: CloudflareApiOptions,
  request: CloudflareRequest<Result>,
  reply: Reply,
): CloudflareAnswer<Result> {
  const envelope = ENVELOPE.safeParse(parseJson(reply.text));
  const isSuccess = reply.status >= 200 && reply.status < 300;
  if (!isSuccess || envelope.data?.success === false) {
    throw refusal(options, request, reply, envelope.data?.errors ?? []);
  }
  const result = request.result.safeParse(envelope.data?.result);
  if (!result.success) {
    throw new AppError('dns/unavailable', `${request.attempt}: unexpected answer of Cloudflare`, {
      mend: 'Try again later; look at the status page of Cloudflare.',
      context: { status: reply.status },
      cause: envelope.error ?? result.error,
    });
  }
  return { result: result.data, totalPages: envelope.data?.result_info?.total_pages ?? 1 };
}

function refusal<Result>(
  { apiToken, clock }: CloudflareApiOptions,
  { attempt }: CloudflareRequest<Result>,
  { status, retryAfter }: Reply,
  errors: readonly CloudflareError[],
): AppError {
  const refusals = errors.map(({ code }) => code);
  const code = faultOf(status, refusals);
  const said = redact(errors.map(describeError).join('; '), [apiToken]).replaceAll('\n', ' ');
  const shown = said === '' ? `status ${status}` : said.slice(0, MOST_MESSAGE_CHARACTERS);
  return new AppError(code, `${attempt}: ${shown}`, {
    mend: MENDS[code],
    context: { status, refusals },
    retryAt: code === 'dns/rate-limited' ? retryAtOf(retryAfter, clock.now()) : undefined,
  });
}

function faultOf(status: number, refusals: readonly number[]): ErrorCode {
  if (status === 429) return 'dns/rate-limited';
  if (status === 401 || status === 403 || refusals.includes(INVALID_HEADERS)) {
    return 'dns/unauthorized';
  }
  return status >= 500 ? 'dns/unavailable' : 'dns/rejected';
}

function describeError({ code, message, error_chain }: CloudflareError): string {
  const details = (error_chain ?? []).map((part) => `, ${part.message}`).join('');
  return `${message}${details} (${code})`;
}

function retryAtOf(retryAfter: string | undefined, now: Date): Date {
  const seconds = Number(retryAfter ?? Number.NaN);
  const named = Number.isFinite(seconds)
    ? seconds * SECOND_MS
    : Date.parse(retryAfter ?? '') - now.getTime();
  const waitMs = Number.isFinite(named) ? named : LIMIT_PERIOD_MS;
  return after(now, Math.min(Math.max(waitMs, SECOND_MS), LONGEST_RETRY_MS));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ERROR = z.object({
  code: z.number(),
  message: z.string(),
  error_chain: z.array(z.object({ message: z.string() })).optional(),
});
type CloudflareError = z.output<typeof ERROR>;

const ENVELOPE = z.object({
  success: z.boolean(),
  errors: z.array(ERROR).nullish(),
  result: z.unknown(),
  result_info: z.object({ total_pages: z.number().optional() }).nullish(),
});

const MENDS: Partial<Record<ErrorCode, string>> = {
  'dns/unauthorized':
    'Give an API token that is valid and has Zone:Read and DNS:Edit for the zone.',
  'dns/unavailable': 'Try again later; look at the status page of Cloudflare.',
  'dns/rejected': 'Check the zone at Cloudflare for records that stand in the way.',
};

/** "Invalid request headers": the token does not even have the form of one. */
const INVALID_HEADERS = 6003;

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
const REQUEST_TIMEOUT_MS = 30 * SECOND_MS;
const MOST_BODY_BYTES = 4 * 1024 * 1024;
const MOST_MESSAGE_CHARACTERS = 300;

/** Cloudflare blocks a user who asks too often for this long. */
const LIMIT_PERIOD_MS = 5 * MINUTE_MS;
const LONGEST_RETRY_MS = 60 * MINUTE_MS;
