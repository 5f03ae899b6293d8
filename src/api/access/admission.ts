/**
 * Who may come in: by network, by rate, by token or cookie; in this order, the cheapest first.
 *
 * @module
 */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { clientNetwork, createNetworkCheck } from '../../core/networks.ts';
import { createRateLimit } from './attempts.ts';
import type { Authenticate } from './authenticate.ts';
import { ANONYMOUS, type Caller, callerKey } from './caller.ts';
import { unauthenticated } from './check-token.ts';
import { isDashboardPath } from './dashboard-paths.ts';
import { SESSION_COOKIE, findCookie } from './session-cookie.ts';
import { type Visitor, visitorOf } from './visitor.ts';

/** What a request has to say about its caller: nothing, what it can, or who it is. */
export type Identity = 'ignored' | 'optional' | 'required';

/** @throws when the caller may not come in, or is unknown where it has to be known. */
export type Admit = (request: FastifyRequest, identity: Identity) => Promise<Caller>;

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  /** Networks; absent: everybody. */
  readonly allow?: readonly string[] | undefined;
  /** Of those, who may use the dashboard. */
  readonly dashboardAllow?: readonly string[] | undefined;
  readonly clock: Clock;
}

const OF_ADDRESS = { perSecond: 50, burst: 300 };
const OF_CALLER = { perSecond: 50, burst: 300 };

export function createAdmission(options: AdmissionOptions): Admit {
  const { authenticate, allow, dashboardAllow, clock } = options;
  const isAllowed = checkOf(allow);
  const mayUseDashboard = checkOf(dashboardAllow);
  const ofAddress = createRateLimit(clock, OF_ADDRESS);
  const ofCaller = createRateLimit(clock, OF_CALLER);

  async function identify(visitor: Visitor, identity: Identity): Promise<Caller | undefined> {
    try {
      return await authenticate.caller(visitor);
    } catch (thrown) {
      // A browser whose session has ended is a stranger, and no more than that.
      const isStranger = identity === 'optional' && visitor.authorization === undefined;
      if (isStranger && codeOf(thrown) === 'api/unauthenticated') return undefined;
      throw thrown;
    }
  }

  return async (request, identity) => {
    const visitor = visitorOf(request);
    const { address } = visitor;
    if (!isAllowed(address)) throw notAllowed('the API', address, 'api.allow');
    if (isOfDashboard(request.url, visitor) && !mayUseDashboard(address)) {
      throw notAllowed('the dashboard', address, 'api.dashboard.allow');
    }
    refuseTooMany(ofAddress.take(clientNetwork(address)));
    if (identity === 'ignored') return ANONYMOUS;
    const caller = await identify(visitor, identity);
    if (caller === undefined && identity === 'optional') return ANONYMOUS;
    if (caller === undefined) throw unauthenticated('the request has no token');
    refuseTooMany(ofCaller.take(callerKey(caller)));
    return caller;
  };
}

/** Its own paths, and whatever a signed-in browser asks for. */
function isOfDashboard(url: string, { authorization, cookie }: Visitor): boolean {
  if (isDashboardPath(url)) return true;
  return authorization === undefined && findCookie(cookie, SESSION_COOKIE) !== undefined;
}

function checkOf(networks: readonly string[] | undefined): (address: string) => boolean {
  return networks === undefined ? () => true : createNetworkCheck(networks);
}

function notAllowed(what: string, address: string, key: string): AppError {
  return new AppError('permission/denied', `${what} does not answer ${address}`, {
    mend: `Add the address to ${key} of the configuration.`,
  });
}

function refuseTooMany(retryAt: Date | undefined): void {
  if (retryAt === undefined) return;
  throw new AppError('api/too-many-requests', 'requests come too fast', {
    mend: 'Wait as long as Retry-After says.',
    retryAt,
  });
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof AppError ? thrown.code : undefined;
}
