/**
 * What every server of the API does with requests, also with those to places that are not there.
 *
 * @module
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from '../bad-request.ts';
import { OPERATIONS_PATH } from '../stream.ts';
import { refuseOperation, serveOperations } from './operation-server.ts';
import { notFound, refuse, type ResourceServerOptions, serveResources } from './resource-server.ts';

export function serveRequests(server: FastifyInstance, options: ResourceServerOptions): void {
  const { admit, log } = options;
  serveOperations(server, options);
  serveResources(server, options);
  server.setErrorHandler((thrown, request, reply) => refuse(options, thrown, request, reply));
  server.setNotFoundHandler(
    { preHandler: async (request: FastifyRequest) => void (await admit(request, 'ignored')) },
    (request, reply) => {
      if (!request.url.startsWith(OPERATIONS_PATH)) return notFound(options, request, reply);
      const operation = request.url.replace(OPERATIONS_PATH, '').slice(0, 100);
      return refuseOperation(log, request, reply, badRequest(operation, 'no such operation'));
    },
  );
}
