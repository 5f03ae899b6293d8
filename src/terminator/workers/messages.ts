/**
 * What control process and terminator workers say to each other.
 *
 * @module
 */
import { z } from 'zod';
import type { WireError } from '../../core/error-wire.ts';
import { wireError } from '../../feed/wire-error.ts';
import { ROW_LENGTH } from '../../observe/counts.ts';
import type { SpanRecord } from '../../observe/tracing/span.ts';
import { MOST_WAITING_SPANS } from '../../observe/tracing/span-buffer.ts';
import { createCounters } from '../counters.ts';
import type { TerminatorReport } from '../report.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import { MOST_UNKNOWN_NAMES, type UnknownNameCount } from '../unknown-names.ts';

/**
 * Raised with every change that the other side would misunderstand. `ready` and `drain` never
 * change: with them a worker of any version is recognized and ended.
 */
export const MESSAGES_VERSION = 3;

export type ToWorker =
  /** The sender is the control process from now on, and answers the feed's questions. */
  | { readonly kind: 'attach' }
  | { readonly kind: 'configure'; readonly id: number; readonly settings: TerminatorSettings }
  | { readonly kind: 'count'; readonly id: number }
  | { readonly kind: 'drain'; readonly deadlineMs: number }
  | { readonly kind: 'feed'; readonly body: unknown };

export type FromWorker =
  | {
      /** The first message on every connection. */
      readonly kind: 'ready';
      readonly version: number;
      /** Of program and start options; a worker with another one is replaced. */
      readonly identity: string;
      readonly isDraining: boolean;
      /** As they were asked for; none before the first settings. */
      readonly listeners: readonly ListenerSettings[];
    }
  | { readonly kind: 'configured'; readonly id: number; readonly addresses: ListenerSettings[] }
  | { readonly kind: 'refused'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'counted'; readonly id: number; readonly report: TerminatorReport }
  /** What clients asked for in vain since the last of these. */
  | { readonly kind: 'spans'; readonly spans: readonly SpanRecord[] }
  | { readonly kind: 'unknown-names'; readonly names: readonly UnknownNameCount[] }
  /** The last message of a worker that ends in order. */
  | { readonly kind: 'ended'; readonly report: TerminatorReport }
  | { readonly kind: 'feed'; readonly body: unknown };

const id = z.int().nonnegative();
const objectWith = <T>(): z.ZodCustom<T> =>
  z.custom<T>((value) => typeof value === 'object' && value !== null);

const toWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attach') }),
  // The control process made the settings, and started this worker from the same files.
  z.object({ kind: z.literal('configure'), id, settings: objectWith<TerminatorSettings>() }),
  z.object({ kind: z.literal('count'), id }),
  z.object({ kind: z.literal('drain'), deadlineMs: z.int().nonnegative() }),
  z.object({ kind: z.literal('feed'), body: z.unknown() }),
]);

const listener = z.object({
  address: z.string(),
  port: z.int(),
  protocol: z.enum(['tls', 'http', 'tcp']),
});

const MOST_ROWS = 2_000;
const LONGEST_HOST = 300;
const amount = z.number().nonnegative();
const text = z.string().max(LONGEST_HOST);

/** One check for all of its numbers: there are many. */
const row = z.custom<number[]>(
  (value) =>
    Array.isArray(value) &&
    value.length === ROW_LENGTH &&
    value.every((one) => typeof one === 'number' && one >= 0),
);

const report = z.object({
  counters: z.object(
    Object.fromEntries(Object.keys(createCounters()).map((name) => [name, amount])) as Record<
      keyof ReturnType<typeof createCounters>,
      typeof amount
    >,
  ),
  rows: z.array(z.tuple([text, row])).max(MOST_ROWS),
  upstreams: z
    .array(z.object({ upstream: text, state: z.enum(['up', 'down', 'unhealthy']), open: amount }))
    .max(MOST_ROWS),
});

const instant = z.number().nonnegative();
const span = z.object({
  traceId: z.hex().length(32),
  spanId: z.hex().length(16),
  parentSpanId: z.hex().length(16).exactOptional(),
  name: text,
  kind: z.enum(['internal', 'server']),
  startedAt: instant,
  endedAt: instant,
  attributes: z.record(text, z.union([text, z.number(), z.boolean()])),
  error: text.exactOptional(),
});

// The worker has clients on the other side, so nothing that it says is taken on trust.
const fromWorker = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    version: z.int(),
    identity: z.string(),
    isDraining: z.boolean(),
    listeners: z.array(listener),
  }),
  z.object({ kind: z.literal('configured'), id, addresses: z.array(listener) }),
  z.object({ kind: z.literal('refused'), id, error: wireError }),
  z.object({ kind: z.literal('counted'), id, report }),
  z.object({
    kind: z.literal('unknown-names'),
    names: z.array(z.tuple([text, amount])).max(MOST_UNKNOWN_NAMES),
  }),
  z.object({ kind: z.literal('spans'), spans: z.array(span).max(MOST_WAITING_SPANS) }),
  z.object({ kind: z.literal('ended'), report }),
  z.object({ kind: z.literal('feed'), body: z.unknown() }),
]);

/** `undefined` for what is no message of this version. */
export function findToWorker(message: unknown): ToWorker | undefined {
  return toWorker.safeParse(message).data;
}

export function findFromWorker(message: unknown): FromWorker | undefined {
  return fromWorker.safeParse(message).data;
}
