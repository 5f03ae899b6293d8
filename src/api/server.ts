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
import { serveRequests } from './http/request-server.ts';
import { routingOptions } from './http/resource-server.ts';
import type { ApiParts } from './parts.ts';

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
  const { socketPath } = options;
  const server = fastify({
    forceCloseConnections: 'idle',
    ...routingOptions(options),
  });
  serveRequests(server, { ...options, admit, isStillAdmitted });
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
