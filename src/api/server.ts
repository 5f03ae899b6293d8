/**
 * The daemon's end of its unix socket.
 *
 * Whoever can open the socket may do everything: it lies in the data directory, which only the
 * daemon's own user can enter.
 *
 * @module
 */
import { chmod, rm } from 'node:fs/promises';
import { fastify } from 'fastify';
import { AppError, systemCode } from '../core/errors.ts';
import type { Admit } from './access/admission.ts';
import { socketCaller } from './access/caller.ts';
import { badRequest } from './bad-request.ts';
import { refuseOperation, serveOperations } from './http/operation-server.ts';
import { notFound, routingOptions, serveResources } from './http/resource-server.ts';
import type { ApiParts } from './parts.ts';
import { OPERATIONS_PATH } from './stream.ts';

export interface ApiServerOptions extends ApiParts {
  readonly socketPath: string;
}

export interface ApiServer {
  close(): Promise<void>;
}

const OWNER_ONLY = 0o600;

const admit: Admit = async ({ id }) => socketCaller(id);
const isStillAdmitted = async (): Promise<boolean> => true;

/** Listens on a socket path that no living daemon uses; a stale socket file is replaced. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { socketPath, log } = options;
  const server = fastify({
    forceCloseConnections: 'idle',
    ...routingOptions(options),
  });
  serveOperations(server, { ...options, admit });
  serveResources(server, { ...options, admit, isStillAdmitted });
  server.setNotFoundHandler((request, reply) =>
    request.url.startsWith(OPERATIONS_PATH)
      ? refuseOperation(
          log,
          request,
          reply,
          badRequest(request.url.replace(OPERATIONS_PATH, '').slice(0, 100), 'no such operation'),
        )
      : notFound(options, request, reply),
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
