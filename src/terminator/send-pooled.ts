/**
 * Sends a request by undici, on a connection that is kept.
 *
 * @module
 */
import type { Dispatcher, Pool } from 'undici';
import type { Shares } from './shares.ts';
import type { ResponseSink, UpstreamRequest } from './upstream-request.ts';

/**
 * undici knows no trailers of a request and cannot wait for a 100, so requests that need either go
 * another way. False when too many requests wait.
 *
 * @throws for a request that HTTP/1.1 cannot carry.
 */
export function sendPooled(
  line: PooledLine,
  request: UpstreamRequest,
  sink: ResponseSink,
): boolean {
  const { method, path, headers, body, client } = request;
  const leave = (): void => {
    line.open -= 1;
    line.shares.leave(client);
  };
  const handler = new SinkHandler(method, sink, leave);
  let hasWaited = false;
  const dispatch = (): void => {
    try {
      line.pool.dispatch({ method, path, headers, body: body ?? null }, handler);
    } catch (thrown) {
      leave();
      if (!hasWaited) throw thrown;
      sink.onError(thrown as Error);
    }
  };
  line.open += 1;
  const isTaken = line.shares.enter(client, dispatch);
  hasWaited = true;
  if (!isTaken) line.open -= 1;
  return isTaken;
}

export interface PooledLine {
  readonly pool: Pool;
  /** Of each client address: who takes no answers must not keep all connections from others. */
  readonly shares: Shares;
  /** Requests that wait or are under way. */
  open: number;
}

class SinkHandler implements Dispatcher.DispatchHandler {
  readonly #method: string;
  readonly #sink: ResponseSink;
  readonly #leave: () => void;

  constructor(method: string, sink: ResponseSink, leave: () => void) {
    this.#method = method;
    this.#sink = sink;
    this.#leave = leave;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#sink.onStart({
      abort: () => controller.abort(GIVEN_UP),
      resume: () => controller.resume(),
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
  ): void {
    if (status < FIRST_FINAL_STATUS) {
      this.#sink.onInformation(status, headers);
      return;
    }
    const isComplete = hasNoContent(this.#method, status, headers);
    const mayHaveTrailers = headers['transfer-encoding'] !== undefined;
    this.#sink.onResponse(status, headers, { isComplete, mayHaveTrailers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#sink.onData(chunk)) controller.pause();
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    this.#leave();
    this.#sink.onEnd(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#leave();
    this.#sink.onError(error);
  }
}

const GIVEN_UP = new Error('the request was given up');
const FIRST_FINAL_STATUS = 200;

/** RFC 9112 §6.3. */
export function hasNoContent(
  method: string,
  status: number,
  headers: Readonly<Record<string, unknown>>,
): boolean {
  return method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0';
}
