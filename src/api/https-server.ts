/**
 * The API for those who come from elsewhere: TLS, tokens, bounds on everything.
 *
 * @module
 */
import { createServer, type Server } from 'node:https';
import { type FastifyInstance, type FastifyServerFactory, fastify } from 'fastify';
import { SECOND_MS } from '../core/clock.ts';
import { AppError, systemCode } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import type { AuditTable, TokenTable } from '../store/access.ts';
import type { SessionTable } from '../store/sessions.ts';
import { createAdmission } from './access/admission.ts';
import { createLockout, type Lockout } from './access/attempts.ts';
import { createAuthenticate } from './access/authenticate.ts';
import { createTokenCheck } from './access/check-token.ts';
import { type SessionLife, createSessions } from './access/sessions.ts';
import { createSignIn } from './access/sign-in.ts';
import { visitorOf } from './access/visitor.ts';
import { serveDashboard } from './http/dashboard-server.ts';
import { serveRequests } from './http/request-server.ts';
import { type ResourceServerOptions, routingOptions } from './http/resource-server.ts';
import type { ApiParts } from './parts.ts';
import type { OidcSignIn } from './oidc/oidc-sign-in.ts';

export interface HttpsServerOptions extends ApiParts {
  readonly address: string;
  readonly port: number;
  /** Who may come in at all; absent: everybody. */
  readonly allow?: readonly string[] | undefined;
  readonly tokens: TokenTable;
  readonly audit: AuditTable;
  /** Absent: there is none, and browsers cannot sign in. */
  readonly dashboard?: DashboardSettings | undefined;
}

export interface DashboardSettings {
  /** Where the built files are. */
  readonly directory: URL;
  /** Who may use it, of those who may come in at all; absent: all of them. */
  readonly allow?: readonly string[] | undefined;
  readonly sessions: SessionTable;
  readonly life: SessionLife;
  /** Absent: no person can sign in. */
  readonly oidc?: OidcSignIn | undefined;
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

export async function startHttpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { address, port } = options;
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
    ...routingOptions(options),
  });
  const access = createAccess(options);
  serveRequests(server, { ...options, ...access });
  if (options.dashboard !== undefined) {
    const { directory } = options.dashboard;
    await serveDashboard(server, { ...options, directory, admit: access.admit });
  }
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

/** The gate of this server, and how browsers get a key to it. */
function createAccess(
  options: HttpsServerOptions,
): Pick<ResourceServerOptions, 'admit' | 'isStillAdmitted' | 'signIn'> {
  const { tokens, audit, allow, dashboard, clock } = options;
  const checkToken = createTokenCheck(tokens, clock);
  const oidc = dashboard?.oidc;
  const rules = oidc?.fingerprint;
  const sessions =
    dashboard &&
    createSessions({ table: dashboard.sessions, tokens, life: dashboard.life, rules, clock });
  const authenticate = createAuthenticate({ checkToken, sessions, lockout: createLockout(clock) });
  const confirm = createAuthenticate({ checkToken, sessions, lockout: NO_LOCKOUT });
  return {
    admit: createAdmission({ authenticate, allow, dashboardAllow: dashboard?.allow, clock }),
    isStillAdmitted: (request) =>
      confirm.caller(visitorOf(request)).then(
        (caller) => caller !== undefined,
        () => false,
      ),
    ...(sessions && { signIn: createSignIn({ authenticate, sessions, oidc, audit, clock }) }),
  };
}

/** A stream whose token was revoked is no failed attempt. */
const NO_LOCKOUT: Lockout = { lockedUntil: () => undefined, fail: () => undefined };

function listenError(place: string, thrown: unknown): AppError {
  const code = systemCode(thrown);
  const details = { cause: thrown, mend: 'Choose another address for api in the configuration.' };
  if (code === 'EADDRINUSE') {
    return new AppError('listener/in-use', `cannot listen on ${place} for the API`, details);
  }
  return new AppError('listener/unavailable', `cannot listen on ${place} for the API`, details);
}
