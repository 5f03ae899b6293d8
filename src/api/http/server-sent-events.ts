/**
 * Server-sent events: what keeps a stream alive, and what ends it.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { type Clock, MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import type { Answer, Call } from './route.ts';

const HEARTBEAT_MS = 15 * SECOND_MS;
const CHECK_EVERY_MS = SECOND_MS;
/** After this the client asks anew, and proves anew who it is. */
export const LONGEST_MS = 30 * MINUTE_MS;
const RECONNECT_MS = 2 * SECOND_MS;

/** A source gives `undefined` every second or so in which there is nothing to tell. */
export type MessageSource = AsyncGenerator<string | undefined, void, undefined>;

export type StreamCall = Pick<Call, 'clock' | 'signal' | 'streams' | 'caller' | 'checkCaller'>;

/**
 * Takes one of the caller's streams; it ends with its source, with what the caller may do, and after
 * half an hour.
 * @throws `api/too-many-requests`
 */
export function streamAnswer(call: StreamCall, source: MessageSource): Answer {
  const release = call.streams.take(call.caller);
  const isLeft = (): boolean => body.destroyed;
  const messages = guarded(call, source, isLeft);
  const body = Readable.from(messages, { objectMode: false, highWaterMark: 16 * 1024 });
  // One that is read slowly or not at all ends, too.
  const timer = setTimeout(() => body.destroy(), LONGEST_MS).unref();
  body.once('close', () => {
    clearTimeout(timer);
    release();
  });
  return { body, headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' } };
}

export function message(data: unknown, fields: { readonly event?: string; readonly id: string }) {
  const event = fields.event === undefined ? '' : `event: ${fields.event}\n`;
  return `${event}id: ${fields.id}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function* guarded(
  { clock, signal, checkCaller }: StreamCall,
  source: MessageSource,
  isLeft: () => boolean,
): AsyncGenerator<string, void, undefined> {
  yield `retry: ${RECONNECT_MS}\n\n`;
  const now = (): number => clock.now().getTime();
  const endsAt = now() + LONGEST_MS;
  let checkedAt = now();
  let saidAt = now();
  for await (const said of source) {
    // While there is nothing to tell, the stream cannot say by itself that nobody reads it.
    if (signal.aborted || isLeft() || now() >= endsAt) return;
    if (now() - checkedAt >= CHECK_EVERY_MS) {
      if (!(await checkCaller())) return;
      checkedAt = now();
    }
    if (said === undefined && now() - saidAt < HEARTBEAT_MS) continue;
    yield said ?? ': still here\n\n';
    saidAt = now();
  }
}

/** Until `wake` or `ms` are over, or `signal` is aborted. */
export async function pause(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  wake?: Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const any = AbortSignal.any([signal, over.signal]);
  const slept = clock.sleep(ms, any).catch(() => undefined);
  await (wake === undefined ? slept : Promise.race([wake, slept]));
  over.abort();
}
