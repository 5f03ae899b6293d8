/**
 * The operations as the command line calls them: one request, an answer line by line.
 *
 * @module
 */
import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toWire } from '../../core/error-wire.ts';
import { type AppError, type ErrorCode, toAppError } from '../../core/errors.ts';
import type { Log } from '../../observe/log.ts';
import type { Reporter } from '../../observe/progress.ts';
import type { Admit } from '../access/admission.ts';
import type { Caller } from '../access/caller.ts';
import type { Guard } from '../access/guard.ts';
import { badRequest } from '../bad-request.ts';
import { refusalOf } from './fastify-refusal.ts';
import type { Operations } from '../operations.ts';
import { type OperationName, REQUESTS } from '../requests.ts';
import {
  LONGEST_REQUEST,
  OPERATIONS_PATH,
  STREAM_TYPE,
  type StreamLine,
  encodeLine,
} from '../stream.ts';

export interface OperationServerOptions {
  readonly guard: Guard;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly admit: Admit;
}

const LONGEST_SHOWN = 100;
const ENDS_WITH_CLIENT: ReadonlySet<OperationName> = new Set(['testCredential']);

export function serveOperations(server: FastifyInstance, options: OperationServerOptions): void {
  const { guard, log, signal, admit } = options;
  const callers = new WeakMap<FastifyRequest, Caller>();
  server.register(async (scope) => {
    scope.setErrorHandler((thrown, request, reply) =>
      refuseOperation(log, request, reply, refusalOf(thrown, LONGEST_REQUEST)),
    );
    for (const name of Object.keys(REQUESTS) as OperationName[]) {
      scope.route({
        method: 'POST',
        url: `${OPERATIONS_PATH}${name}`,
        bodyLimit: LONGEST_REQUEST,
        onRequest: async (request) => void callers.set(request, await admit(request, 'required')),
        handler(request, reply) {
          const caller = callers.get(request);
          const body = REQUESTS[name].safeParse(request.body);
          const lines = new PassThrough();
          const write = (line: StreamLine) =>
            void (lines.writable && lines.write(encodeLine(line)));
          const report: Reporter = (progress) => write({ progress });
          const work =
            body.success && caller !== undefined
              ? run(guard(caller), name, body.data, report, signalFor(name, reply, signal))
              : Promise.reject(badRequest(name, body.error?.issues[0]?.message ?? 'malformed'));
          work
            .then((result) => write({ result }))
            .catch((thrown: unknown) => {
              const error = toAppError(thrown);
              const facts = { operation: name, requestId: request.id, code: error.code };
              log.warn({ ...facts, err: error }, 'an operation failed');
              write({ error: toWire(error) });
            })
            .finally(() => lines.end());
          return reply.type(STREAM_TYPE).send(lines);
        },
      });
    }
  });
}

/** Only another version sends such. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set([
  'api/invalid',
  'api/media-type',
  'internal/unexpected',
]);

/** What fails before an operation begins is answered in the same form. */
export function refuseOperation(
  log: Log,
  { url, raw }: FastifyRequest,
  reply: FastifyReply,
  fault: AppError,
): FastifyReply {
  const name = url.replace(OPERATIONS_PATH, '').slice(0, LONGEST_SHOWN);
  const error = UNREADABLE.has(fault.code) ? badRequest(name, fault.message) : fault;
  log.warn({ code: error.code, err: error }, 'a request was refused');
  if (!raw.complete) reply.header('connection', 'close');
  return reply
    .code(error.spec.status)
    .type(STREAM_TYPE)
    .send(encodeLine({ error: toWire(error) }));
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
