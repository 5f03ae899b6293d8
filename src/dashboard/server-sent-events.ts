/**
 * Server-sent events over `fetch`, which tells a refusal from a connection that broke.
 *
 * @module
 */
import { problemOf, ProblemError, send } from './client.ts';

export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string | undefined;
}

const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Yields until `signal` aborts or the consumer leaves: a broken connection is made again, from the
 * last event that came.
 *
 * @throws {ProblemError} when the API refuses.
 */
export async function* followEvents(
  path: string,
  signal: AbortSignal,
  onConnection: (isOpen: boolean) => void = () => {},
): AsyncGenerator<ServerSentEvent> {
  let lastId: string | undefined;
  let retryMs = RETRY_MS;
  while (!signal.aborted) {
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      };
      const { body } = await send('GET', path, undefined, signal, headers);
      onConnection(true);
      retryMs = RETRY_MS;
      if (body !== null) {
        for await (const event of eventsIn(body)) {
          lastId = event.id ?? lastId;
          yield event;
        }
      }
    } catch (thrown) {
      if (signal.aborted) return;
      const { status } = problemOf(thrown);
      if (thrown instanceof ProblemError && status >= 400 && status < 500 && status !== 429) {
        throw thrown;
      }
    }
    onConnection(false);
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }
}

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Comments and blocks without data are no events. */
export function parseEvent(block: string): ServerSentEvent | undefined {
  let type = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { type, data: data.join('\n'), id };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
