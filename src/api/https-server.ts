/**
 * The API for those who come from elsewhere: TLS, tokens, bounds on everything.
 *
 * @module
 */
import { createServer, type Server } from 'node:https';
import {
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerFactory,
  fastify,
} from 'fastify';
import { SECOND_MS } from '../core/clock.ts';
import { AppError, systemCode } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import { newId } from '../core/id.ts';
import { clientNetwork, createNetworkCheck } from '../core/networks.ts';
import type { TokenTable } from '../store/access.ts';
import { createLockout, createRateLimit } from './access/attempts.ts';
import { createAuthenticate } from './access/authenticate.ts';
import { type Caller, callerKey } from './access/caller.ts';
import { badRequest } from './bad-request.ts';
import { refuseOperation, serveOperations } from './http/operation-server.ts';
import { notFound, type ResourceServerOptions, serveResources } from './http/resource-server.ts';
import type { ApiParts } from './parts.ts';
import { OPERATIONS_PATH } from './stream.ts';

export interface HttpsServerOptions extends ApiParts {
  readonly address: string;
  readonly port: number;
  /** Who may come in at all; absent: everybody. */
  readonly allow?: readonly string[] | undefined;
  readonly tokens: TokenTable;
}

export interface ServerCredential {
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

export interface HttpsServer {
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  /** Connections from now on get this certificate; without any they are refused. */
  present(credential: ServerCredential): void;
  close(): Promise<void>;
}

const REQUEST_MS = 30 * SECOND_MS;
const HEADERS_MS = 15 * SECOND_MS;
const HANDSHAKE_MS = 10 * SECOND_MS;
const KEEP_ALIVE_MS = 60 * SECOND_MS;
const MOST_CONNECTIONS = 1_000;
const OF_ADDRESS = { perSecond: 50, burst: 300 };
const OF_CALLER = { perSecond: 50, burst: 300 };

/** Nobody: the caller of what everybody may ask. */
const ANONYMOUS: Caller = {
  actor: { kind: 'token', name: 'anonymous' },
  grant: { role: 'viewer', patterns: [] },
};

export async function startHttpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { address, port, clock, log } = options;
  let https: Server | undefined;
  const serverFactory = ((handler: Parameters<FastifyServerFactory>[0]) => {
    https = createServer({ minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS }, handler);
    https.requestTimeout = REQUEST_MS;
    https.headersTimeout = HEADERS_MS;
    https.keepAliveTimeout = KEEP_ALIVE_MS;
    https.maxConnections = MOST_CONNECTIONS;
    return https;
    // fastify tells apart by types what it uses in the same way.
  }) as unknown as FastifyServerFactory;
  const server: FastifyInstance = fastify({
    serverFactory,
    forceCloseConnections: true,
    genReqId: () => newId(clock.now()),
  });
  const admit = createAdmission(options);
  serveOperations(server, { ...options, admit });
  serveResources(server, { ...options, admit });
  server.setNotFoundHandler(
    { preHandler: async (request: FastifyRequest) => void (await admit(request, true)) },
    (request, reply) =>
      request.url.startsWith(OPERATIONS_PATH)
        ? refuseOperation(
            log,
            request,
            reply,
            badRequest(request.url.replace(OPERATIONS_PATH, '').slice(0, 100), 'no such operation'),
          )
        : notFound(options, request, reply),
  );
  try {
    await server.listen({ host: address, port });
  } catch (thrown) {
    throw listenError(hostPort({ address, port }), thrown);
  }
  const bound = https?.address();
  return {
    address,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    present: ({ chainPem, privateKeyPem }) =>
      https?.setSecureContext({ cert: chainPem, key: privateKeyPem, minVersion: 'TLSv1.2' }),
    close: () => server.close(),
  };
}

/** Who may come in: by network, by rate, by token; in this order, the cheapest first. */
function createAdmission(options: HttpsServerOptions): ResourceServerOptions['admit'] {
  const { allow, tokens, clock } = options;
  const isAllowed = allow === undefined ? () => true : createNetworkCheck(allow);
  const ofAddress = createRateLimit(clock, OF_ADDRESS);
  const ofCaller = createRateLimit(clock, OF_CALLER);
  const authenticate = createAuthenticate({ tokens, lockout: createLockout(clock), clock });
  return async (request, isPublic) => {
    const { ip: address, id: requestId } = request;
    if (!isAllowed(address)) {
      throw new AppError('permission/denied', `the API does not answer ${address}`, {
        mend: 'Add the address to api.allow of the configuration.',
      });
    }
    refuseTooMany(ofAddress.take(clientNetwork(address)));
    if (isPublic) return ANONYMOUS;
    const { authorization } = request.headers;
    const caller = await authenticate({ authorization, address, requestId });
    refuseTooMany(ofCaller.take(callerKey(caller)));
    return caller;
  };
}

function refuseTooMany(retryAt: Date | undefined): void {
  if (retryAt === undefined) return;
  throw new AppError('api/too-many-requests', 'requests come too fast', {
    mend: 'Wait as long as Retry-After says.',
    retryAt,
  });
}

function listenError(place: string, thrown: unknown): AppError {
  const code = systemCode(thrown);
  const details = { cause: thrown, mend: 'Choose another address for api in the configuration.' };
  if (code === 'EADDRINUSE') {
    return new AppError('listener/in-use', `cannot listen on ${place} for the API`, details);
  }
  return new AppError('listener/unavailable', `cannot listen on ${place} for the API`, details);
}
