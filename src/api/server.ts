/**
 * The daemon's end of its unix socket.
 *
 * Whoever can open the socket may do everything: it lies in the data directory, which only the
 * daemon's own user can enter.
 *
 * @module
 */
import { chmod, rm } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { toWire } from '../core/error-wire.ts';
import { AppError, systemCode, toAppError } from '../core/errors.ts';
import type { Log } from '../observe/log.ts';
import type { Reporter } from '../observe/progress.ts';
import { badRequest } from './bad-request.ts';
import type { Operations } from './operations.ts';
import { type OperationName, REQUESTS } from './requests.ts';
import {
  LONGEST_REQUEST,
  OPERATIONS_PATH,
  STREAM_TYPE,
  type StreamLine,
  encodeLine,
} from './stream.ts';

export interface ApiServerOptions {
  readonly socketPath: string;
  readonly operations: Operations;
  readonly log: Log;
  /** Aborted when the daemon stops: what is under way ends, its journal goes on later. */
  readonly signal: AbortSignal;
}

export interface ApiServer {
  close(): Promise<void>;
}

const LONGEST_SHOWN = 100;
const OWNER_ONLY = 0o600;
const ENDS_WITH_CLIENT: ReadonlySet<OperationName> = new Set(['testCredential']);

/** Listens on a socket path that no living daemon uses; a stale socket file is replaced. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { socketPath, operations, log, signal } = options;
  const server = fastify({ bodyLimit: LONGEST_REQUEST, forceCloseConnections: 'idle' });

  for (const name of Object.keys(REQUESTS) as OperationName[]) {
    server.post(`${OPERATIONS_PATH}${name}`, (request, reply) => {
      const body = REQUESTS[name].safeParse(request.body);
      const lines = new PassThrough();
      const write = (line: StreamLine) => void (lines.writable && lines.write(encodeLine(line)));
      const report: Reporter = (progress) => write({ progress });
      const work = body.success
        ? run(operations, name, body.data, report, signalFor(name, reply, signal))
        : Promise.reject(badRequest(name, body.error.issues[0]?.message ?? 'malformed'));
      work
        .then((result) => write({ result }))
        .catch((thrown: unknown) => {
          const error = toAppError(thrown);
          log.warn({ operation: name, code: error.code, err: error }, 'an operation failed');
          write({ error: toWire(error) });
        })
        .finally(() => lines.end());
      return reply.type(STREAM_TYPE).send(lines);
    });
  }
  // What fails before an operation begins is answered in the same form.
  const refuse = ({ url }: FastifyRequest, reply: FastifyReply, reason: string) => {
    const error = badRequest(url.replace(OPERATIONS_PATH, '').slice(0, LONGEST_SHOWN), reason);
    log.warn({ code: error.code, err: error }, 'a request was refused');
    return reply
      .code(error.spec.status)
      .type(STREAM_TYPE)
      .send(encodeLine({ error: toWire(error) }));
  };
  server.setNotFoundHandler((request, reply) => refuse(request, reply, 'no such operation'));
  server.setErrorHandler((thrown, request, reply) =>
    refuse(request, reply, toAppError(thrown).message),
  );

  await rm(socketPath, { force: true });
  try {
    await server.listen({ path: socketPath });
  } catch (thrown) {
    throw socketError(socketPath, thrown);
  }
  await chmod(socketPath, OWNER_ONLY);
  return { close: () => server.close() };
}

/** What is begun goes on without its client, except where there is nothing to keep of it. */
function signalFor(name: OperationName, reply: FastifyReply, signal: AbortSignal): AbortSignal {
  if (!ENDS_WITH_CLIENT.has(name)) return signal;
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return AbortSignal.any([signal, left.signal]);
}

/** The table of requests guarantees that the body fits the operation. */
function run(
  operations: Operations,
  name: OperationName,
  body: unknown,
  report: Reporter,
  signal: AbortSignal,
): Promise<unknown> {
  const operation = operations[name] as (
    body: unknown,
    report: Reporter,
    signal: AbortSignal,
  ) => Promise<unknown>;
  return operation(body, report, signal);
}

function socketError(socketPath: string, thrown: unknown): AppError {
  const mend =
    systemCode(thrown) === 'EINVAL'
      ? 'Choose a data directory with a shorter path: a socket path has about 100 octets at most.'
      : 'Make the data directory writable for this user.';
  return new AppError('listener/unavailable', `cannot listen on ${socketPath}`, {
    cause: thrown,
    mend,
  });
}
