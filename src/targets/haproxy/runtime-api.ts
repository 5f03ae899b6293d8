/**
 * The Runtime API of HAProxy: one command a connection, its answer up to the end of the stream.
 *
 * @module
 */
import { connect, type NetConnectOpts } from 'node:net';
import { AppError, systemCode } from '../../core/errors.ts';

/** A path of the admin socket, or host and port of it. */
export type RuntimeAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

const MOST_ANSWER_BYTES = 1024 * 1024;

/** The answer without its surrounding white space. @throws `target/unavailable`. */
export async function ask(
  address: RuntimeAddress,
  command: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options: NetConnectOpts = 'path' in address ? { path: address.path } : { ...address };
  const socket = connect(options);
  const chunks: Buffer[] = [];
  let length = 0;
  const fail = (reason: string, cause?: unknown): void =>
    reject(unavailable(address, reason, cause));
  const timer = setTimeout(() => fail(`gave no answer within ${timeoutMs} ms`), timeoutMs);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) fail('gave too long an answer');
    else chunks.push(chunk);
  });
  socket.once('end', () => resolve(Buffer.concat(chunks).toString('utf8').trim()));
  socket.once('close', () => fail('closed the connection'));
  socket.once('error', (cause) => fail(`cannot be reached: ${systemCode(cause) ?? ''}`, cause));
  socket.write(`${command}\n`);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

export function addressText(address: RuntimeAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

function unavailable(address: RuntimeAddress, reason: string, cause?: unknown): AppError {
  return new AppError('target/unavailable', `HAProxy at ${addressText(address)} ${reason}`, {
    mend: 'Check that HAProxy runs with `stats socket … level admin` there, open to this user.',
    cause,
  });
}
