/**
 * How a client that wants its connection to become something else is answered: by HTTP/1.1 the
 * connection itself does (RFC 9110 §7.8), by HTTP/2 one stream of it (RFC 8441).
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ErrorPage, rawResponse } from './error-page.ts';
import { toClientHeaders } from './forwarded-headers.ts';
import type { TerminatorLimits } from './settings.ts';

export interface UpgradeClient {
  readonly stream: Duplex;
  readonly version: '1.1' | '2';
  /** Of what was given to the client. */
  readonly bytesOut: number;
  /** An answer of ours, and the end. */
  refuse(page: ErrorPage): void;
  /** The answer of an upstream that declines; throws for one that this protocol does not have. */
  decline(response: IncomingMessage): void;
  /** From here on the stream belongs to the new protocol. */
  accept(response: IncomingMessage): void;
}

export function http1UpgradeClient(
  socket: Duplex,
  { idleMs }: Pick<TerminatorLimits, 'idleMs'>,
): UpgradeClient {
  // The server has let go of the connection, and no longer looks after its silence.
  (socket as Socket).setTimeout(idleMs, () => socket.destroy());
  const hangUp = (): void => {
    // To close it at once could take the answer back before the client has read it.
    socket.once('finish', () => setTimeout(() => socket.destroy(), GOODBYE_MS).unref());
  };
  return {
    stream: socket,
    version: '1.1',
    get bytesOut() {
      return (socket as Partial<Socket>).bytesWritten ?? 0;
    },
    refuse: (page) => {
      hangUp();
      socket.end(rawResponse(page));
    },
    decline: (response) => {
      hangUp();
      // Its end is the end of the connection, as no length was agreed on with it.
      socket.write(headOf(response));
      response.pipe(socket);
    },
    accept: (response) => void socket.write(headOf(response)),
  };
}

export function http2UpgradeClient(stream: ServerHttp2Stream): UpgradeClient {
  let bytesOut = 0;
  const count = (chunk: Buffer): void => {
    bytesOut += chunk.length;
  };
  // What we have ended is over: clients wait for the end of the stream, and do not end their half.
  const close = (): void => stream.close(constants.NGHTTP2_NO_ERROR);
  return {
    stream,
    version: '2',
    get bytesOut() {
      return bytesOut;
    },
    refuse: ({ status, text }) => {
      if (stream.destroyed || stream.headersSent) return;
      stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
      stream.end(`${text}\n`, close);
    },
    decline: (response) => {
      if (stream.destroyed) return;
      stream.respond({ ...toClientHeaders(response.headers), ':status': response.statusCode });
      response.on('data', count);
      stream.once('finish', close);
      response.pipe(stream);
    },
    accept: (response) => {
      if (stream.destroyed) return;
      stream.respond({ ...toClientHeaders(response.headers), ':status': 200 });
      const upstream = response.socket;
      upstream.on('data', count);
      stream.once('finish', () => upstream.end(close));
    },
  };
}

const GOODBYE_MS = 1_000;

/** The upstream's own header. Node decodes a chunked body, which then ends with the connection. */
function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode ?? 502} ${response.statusMessage ?? ''}`];
  const isUpgraded = response.statusCode === 101;
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!isUpgraded && /^(?:connection|keep-alive|transfer-encoding)$/i.test(name)) continue;
    lines.push(`${name}: ${response.rawHeaders[index + 1] ?? ''}`);
  }
  if (!isUpgraded) lines.push('connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}
