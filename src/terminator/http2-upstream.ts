/**
 * HTTP/2 connections to one upstream, and the requests on them.
 *
 * undici's HTTP/2 sends one streaming body at a time, no trailers, and drops every request when the
 * upstream says goodbye, which gRPC cannot live with; so this is Node's own client.
 *
 * @module
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { type ResponseHeaders, toUpstreamTrailers } from './forwarded-headers.ts';
import type { TerminatorLimits } from './settings.ts';
import type { ResponseSink, UpstreamRequest } from './upstream-request.ts';

type Http2Limits = Pick<TerminatorLimits, 'responseMs' | 'idleMs' | 'upstreamConnections'>;

interface Line {
  readonly session: ClientHttp2Session;
  open: number;
}

export class Http2Upstream {
  readonly #lines = new Set<Line>();
  readonly #dial: () => Promise<Socket>;
  readonly #limits: Http2Limits;
  #dialling: Promise<Line> | undefined;
  #isClosed = false;

  constructor(dial: () => Promise<Socket>, limits: Http2Limits) {
    this.#dial = dial;
    this.#limits = limits;
  }

  /** Never rejects. */
  async send(request: UpstreamRequest, sink: ResponseSink): Promise<void> {
    try {
      const line = this.#roomiest();
      const hasRoom = line !== undefined && (line.open < capacityOf(line) || this.#isFull());
      this.#sendOn(hasRoom ? line : await this.#open(), request, sink);
    } catch (thrown) {
      sink.onError(thrown as Error);
    }
  }

  /** Requests in progress end properly; without them the connections close at once. */
  close(): void {
    this.#isClosed = true;
    for (const { session } of this.#lines) session.close();
  }

  destroy(): void {
    this.#isClosed = true;
    for (const { session } of this.#lines) session.destroy();
  }

  #roomiest(): Line | undefined {
    let found: Line | undefined;
    for (const line of this.#lines) {
      if (found === undefined || line.open < found.open) found = line;
    }
    return found;
  }

  #isFull(): boolean {
    return this.#lines.size >= this.#limits.upstreamConnections;
  }

  /** Requests that come while a connection is made wait for that one. */
  #open(): Promise<Line> {
    this.#dialling ??= this.#connect().finally(() => {
      this.#dialling = undefined;
    });
    return this.#dialling;
  }

  async #connect(): Promise<Line> {
    const socket = await this.#dial();
    // The session does not see the end of a connection that may stay half-open.
    socket.allowHalfOpen = false;
    const session = connect('http://upstream', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxHeaderListPairs: MOST_HEADERS,
    });
    session.setLocalWindowSize(CONNECTION_WINDOW);
    const line: Line = { session, open: 0 };
    const forget = (): void => void this.#lines.delete(line);
    // A connection that ends takes no more requests; Node lets those on it finish.
    session.once('goaway', forget);
    session.once('close', forget);
    session.on('error', forget);
    session.setTimeout(IDLE_SESSION_MS, () => {
      if (line.open > 0) return;
      forget();
      session.close();
    });
    if (this.#isClosed) session.destroy();
    else this.#lines.add(line);
    return line;
  }

  #sendOn(line: Line, request: UpstreamRequest, sink: ResponseSink): void {
    const { body } = request;
    const stream = line.session.request(pseudoHeaders(request), {
      endStream: body === undefined,
      waitForTrailers: body !== undefined,
    });
    line.open += 1;
    stream.once('close', () => {
      line.open -= 1;
    });
    receive(stream, sink, this.#limits);
    sink.onStart({
      abort: () => stream.close(constants.NGHTTP2_CANCEL),
      resume: () => void stream.resume(),
    });
    if (body === undefined) return;
    stream.once('wantTrailers', () => {
      stream.sendTrailers(Object.fromEntries(pairs(toUpstreamTrailers(request.trailers()))));
    });
    body.once('error', () => stream.close(constants.NGHTTP2_CANCEL));
    stream.once('close', () => body.destroy());
    body.pipe(stream);
  }
}

const STREAM_WINDOW = 262_144;
const CONNECTION_WINDOW = 4 * 1_048_576;
const IDLE_SESSION_MS = 60_000;
const MOST_HEADERS = 256;
const USUAL_CAPACITY = 100;

function capacityOf({ session }: Line): number {
  const { maxConcurrentStreams = USUAL_CAPACITY } = session.remoteSettings ?? {};
  return Math.min(maxConcurrentStreams, USUAL_CAPACITY);
}

/** The first two of the headers are the host. gRPC servers insist on `te` (RFC 9113 §8.2.2). */
function pseudoHeaders({ method, path, headers, expectsContinue }: UpstreamRequest): string[] {
  const [, authority = '', ...fields] = headers;
  const all = [':method', method, ':path', path, ':scheme', 'http', ':authority', authority];
  all.push(...fields, 'te', 'trailers');
  if (expectsContinue) all.push('expect', '100-continue');
  return all;
}

function receive(
  stream: ClientHttp2Stream,
  sink: ResponseSink,
  { responseMs, idleMs }: Http2Limits,
): void {
  let trailers: ResponseHeaders = {};
  let isSettled = false;
  let failure: Error | undefined;
  const settle = (error?: Error): void => {
    if (isSettled) return;
    isSettled = true;
    if (error === undefined) sink.onEnd(trailers);
    else sink.onError(error);
  };
  stream.setTimeout(responseMs, () => {
    settle(Object.assign(new Error('the upstream fell silent'), { code: 'ETIMEDOUT' }));
    stream.close(constants.NGHTTP2_CANCEL);
  });
  stream.on('error', (error) => {
    failure = error;
  });
  stream.once('continue', () => sink.onInformation(CONTINUE, {}));
  stream.on('headers', (fields) => {
    const status = Number(fields[':status']);
    if (status !== CONTINUE) sink.onInformation(status, fields);
  });
  stream.once('response', (fields, flags) => {
    stream.setTimeout(idleMs);
    const isComplete = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const form = { isComplete, mayHaveTrailers: !isComplete };
    sink.onResponse(Number(fields[':status']), fields, form);
  });
  stream.on('trailers', (fields) => {
    trailers = fields as ResponseHeaders;
  });
  stream.on('data', (chunk: Buffer) => {
    if (!sink.onData(chunk)) stream.pause();
  });
  stream.once('end', () => {
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR && failure === undefined) settle();
  });
  stream.once('close', () => {
    const code = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? REFUSED : 'ECONNRESET';
    settle(failure ?? Object.assign(new Error('the upstream broke off'), { code }));
  });
}

/** RFC 9113 §8.7: nothing was done with the request. */
export const REFUSED = 'REFUSED_STREAM';
const CONTINUE = 100;

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    found.push([flat[index] ?? '', flat[index + 1] ?? '']);
  }
  return found;
}
