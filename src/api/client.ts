/**
 * The command line's end: of the daemon's unix socket, or of its API elsewhere.
 *
 * @module
 */
import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { rootCertificates } from 'node:tls';
import { fromWire } from '../core/error-wire.ts';
import { AppError, systemCode } from '../core/errors.ts';
import type { Reporter } from '../observe/progress.ts';
import type { Operations } from './operations.ts';
import { type OperationName, REQUESTS } from './requests.ts';
import { LONGEST_REQUEST, OPERATIONS_PATH, STREAM_TYPE, type StreamLine } from './stream.ts';

const CONNECT_TIMEOUT_MS = 2_000;

/** The daemon of this socket, or `undefined` when none listens. */
export async function connectDaemon(socketPath: string): Promise<Operations | undefined> {
  if (!(await isListening(socketPath))) return undefined;
  return createApiClient({
    place: socketPath,
    mend: 'See the log of the daemon. What it had begun it goes on with.',
    open: (path, options) => httpRequest({ ...options, path, socketPath }),
  });
}

export async function isListening(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('timed out')));
  try {
    await once(socket, 'connect');
    return true;
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return false;
    // Too long for a socket address: no daemon can listen there either.
    if (code === 'EINVAL') return false;
    throw new AppError('daemon/unreachable', `cannot talk to the daemon at ${socketPath}`, {
      cause: thrown,
      mend: 'Run the command as the user of the daemon.',
    });
  } finally {
    socket.destroy();
  }
}

export interface RemoteDaemon {
  /** `https:`, without a path. */
  readonly server: URL;
  readonly token: string;
  /** Roots beside those of the system. */
  readonly caPem?: string | undefined;
}

/** The operations of a daemon elsewhere, by its API. */
export function connectRemote({ server, token, caPem }: RemoteDaemon): Operations {
  const ca = caPem === undefined ? {} : { ca: [...rootCertificates, caPem] };
  return createApiClient({
    place: server.origin,
    mend: 'Check the address; for a certificate of a private CA give --server-ca-bundle.',
    open(path, options) {
      const request = httpsRequest(new URL(path, server), {
        ...options,
        ...ca,
        minVersion: 'TLSv1.2',
      });
      request.setHeader('authorization', `Bearer ${token}`);
      return request;
    },
  });
}

/** A way to a daemon. */
interface Transport {
  readonly place: string;
  readonly mend: string;
  open(path: string, options: RequestOptions): ClientRequest;
}

function createApiClient(transport: Transport): Operations {
  const names = Object.keys(REQUESTS) as OperationName[];
  const calls = names.map((name) => [
    name,
    (body: unknown, report: Reporter, signal: AbortSignal) =>
      call({ transport, name, body, report, signal }),
  ]);
  // Both ends are of one version and one table: the daemon's results are what it declares.
  return Object.fromEntries(calls) as Operations;
}

interface Call {
  readonly transport: Transport;
  readonly name: OperationName;
  readonly body: unknown;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

async function call({ transport, name, body, report, signal }: Call): Promise<unknown> {
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) > LONGEST_REQUEST) throw tooLong(name);
  const request = transport.open(`${OPERATIONS_PATH}${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    signal,
  });
  try {
    request.end(text);
    const response = await responseOf(request);
    for await (const line of linesOf(response)) {
      if ('progress' in line) report(line.progress);
      else if ('result' in line) return line.result;
      else throw fromWire(line.error);
    }
    throw new Error('the connection ended early');
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AppError) throw thrown;
    const { place, mend } = transport;
    throw new AppError('daemon/unreachable', `the daemon at ${place} gave no answer to ${name}`, {
      cause: thrown,
      mend,
    });
  } finally {
    request.destroy();
  }
}

function tooLong(name: string): AppError {
  return new AppError('usage/invalid', `the request for ${name} is longer than the daemon takes`, {
    mend: 'Give fewer names at once.',
  });
}

async function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // Once the result is here nobody waits for the end of the connection.
  request.on('error', () => {});
  // A refusal comes with a charset.
  if (response.headers['content-type']?.startsWith(STREAM_TYPE) === true) return response;
  throw new Error(`it answered with status ${response.statusCode}`);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<StreamLine> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = chunk.split('\n');
    // Joined once: a list of a large store is one line of many chunks.
    lines[0] = rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    // Both ends are of one version: what the daemon writes is what it declares.
    for (const line of lines) yield JSON.parse(line) as StreamLine;
  }
}
