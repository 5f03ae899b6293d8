/**
 * What control process and terminator workers say to each other.
 *
 * @module
 */
import { z } from 'zod';
import type { WireError } from '../../core/error-wire.ts';
import { wireError } from '../../feed/wire-error.ts';
import type { Counters } from '../counters.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';

/** Raised with every change that the other side would misunderstand. */
export const MESSAGES_VERSION = 2;

export type ToWorker =
  | { readonly kind: 'configure'; readonly id: number; readonly settings: TerminatorSettings }
  | { readonly kind: 'count'; readonly id: number }
  | { readonly kind: 'drain'; readonly deadlineMs: number }
  | { readonly kind: 'feed'; readonly body: unknown };

export type FromWorker =
  | { readonly kind: 'ready'; readonly version: number }
  | { readonly kind: 'configured'; readonly id: number; readonly addresses: ListenerSettings[] }
  | { readonly kind: 'refused'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'counted'; readonly id: number; readonly counters: Counters }
  | { readonly kind: 'feed'; readonly body: unknown };

const id = z.int().nonnegative();
const objectWith = <T>(): z.ZodCustom<T> =>
  z.custom<T>((value) => typeof value === 'object' && value !== null);

const toWorker = z.discriminatedUnion('kind', [
  // The control process made the settings, and started this worker from the same files.
  z.object({ kind: z.literal('configure'), id, settings: objectWith<TerminatorSettings>() }),
  z.object({ kind: z.literal('count'), id }),
  z.object({ kind: z.literal('drain'), deadlineMs: z.int().nonnegative() }),
  z.object({ kind: z.literal('feed'), body: z.unknown() }),
]);

// The worker has clients on the other side, so nothing that it says is taken on trust.
const fromWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), version: z.int() }),
  z.object({
    kind: z.literal('configured'),
    id,
    addresses: z.array(
      z.object({ address: z.string(), port: z.int(), protocol: z.enum(['tls', 'http', 'tcp']) }),
    ),
  }),
  z.object({ kind: z.literal('refused'), id, error: wireError }),
  z.object({
    kind: z.literal('counted'),
    id,
    counters: z.custom<Counters>(
      (value) => z.record(z.string(), z.number()).safeParse(value).success,
    ),
  }),
  z.object({ kind: z.literal('feed'), body: z.unknown() }),
]);

/** `undefined` for what is no message of this version. */
export function findToWorker(message: unknown): ToWorker | undefined {
  return toWorker.safeParse(message).data;
}

export function findFromWorker(message: unknown): FromWorker | undefined {
  return fromWorker.safeParse(message).data;
}
