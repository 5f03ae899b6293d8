/**
 * The command line's end of the daemon's unix socket.
 *
 * @module
 */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { fromWire } from '../core/error-wire.ts';
import { AppError, systemCode } from '../core/errors.ts';
import type { Reporter } from '../observe/progress.ts';
import type { Operations } from './operations.ts';
import { type OperationName, REQUESTS } from './requests.ts';
import { LONGEST_REQUEST, OPERATIONS_PATH, STREAM_TYPE, type StreamLine } from './stream.ts';

const CONNECT_TIMEOUT_MS = 2_000;

/** The daemon of this socket, or `undefined` when none listens. */
export async function connectDaemon(socketPath: string): Promise<Operations | undefined> {
  return (await isListening(socketPath)) ? createApiClient(socketPath) : undefined;
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

function createApiClient(socketPath: string): Operations {
  const names = Object.keys(REQUESTS) as OperationName[];
  const calls = names.map((name) => [
    name,
    (body: unknown, report: Reporter, signal: AbortSignal) =>
      call({ socketPath, name, body, report, signal }),
  ]);
  // Both ends are of one version and one table: the daemon's results are what it declares.
  return Object.fromEntries(calls) as Operations;
}

interface Call {
  readonly socketPath: string;
  readonly name: OperationName;
  readonly body: unknown;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

async function call({ socketPath, name, body, report, signal }: Call): Promise<unknown> {
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) > LONGEST_REQUEST) throw tooLong(name);
  const request = httpRequest({
    socketPath,
    path: `${OPERATIONS_PATH}${name}`,
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
    throw new AppError('daemon/unreachable', `the daemon gave no answer to ${name}`, {
      cause: thrown,
      mend: 'See the log of the daemon. What it had begun it goes on with.',
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
  if (response.headers['content-type'] === STREAM_TYPE) return response;
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
