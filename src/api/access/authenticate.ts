/**
 * From what a request carries to who asks.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import type { Lockout } from './attempts.ts';
import type { Caller } from './caller.ts';
import { type CheckToken, type CheckedToken, unauthenticated } from './check-token.ts';
import { SESSION_COOKIE, findCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { type Visitor, checkSameOrigin } from './visitor.ts';

export interface AuthenticateOptions {
  readonly checkToken: CheckToken;
  /** Absent: a cookie says nothing. */
  readonly sessions?: Sessions | undefined;
  readonly lockout: Lockout;
}

export interface Authenticate {
  /**
   * `undefined` when the request does not say.
   *
   * @throws `api/unauthenticated`, `api/locked`, `api/cross-origin`, `permission/denied`.
   */
  caller(visitor: Visitor): Promise<Caller | undefined>;
  /** @throws as `caller`. */
  token(secret: string, visitor: Visitor): Promise<CheckedToken>;
}

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { checkToken, sessions, lockout } = options;

  function refuseLocked(address: string): void {
    const retryAt = lockout.lockedUntil(address);
    if (retryAt === undefined) return;
    throw new AppError('api/locked', `too many failed attempts came from ${address}`, {
      mend: 'Wait, and then use a valid token.',
      retryAt,
    });
  }

  async function token(secret: string, { address }: Visitor): Promise<CheckedToken> {
    refuseLocked(address);
    try {
      return await checkToken(secret, address);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'api/unauthenticated') {
        lockout.fail(address);
      }
      throw thrown;
    }
  }

  return {
    token,
    async caller(visitor) {
      const { authorization, address, requestId } = visitor;
      refuseLocked(address);
      if (authorization !== undefined) {
        const [, secret = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
        const { token: record } = await token(secret, visitor);
        const { id, name, role, patterns, expiresAt } = record;
        return {
          actor: { kind: 'token', id, name, address, requestId },
          grant: { role, patterns },
          expiresAt,
        };
      }
      const cookie = findCookie(visitor.cookie, SESSION_COOKIE);
      if (cookie === undefined || sessions === undefined) return undefined;
      const caller = await sessions.find(cookie, visitor);
      if (caller === undefined) {
        lockout.fail(address);
        throw unauthenticated('the session is not known', 'Sign in again.');
      }
      checkSameOrigin(visitor);
      return caller;
    },
  };
}
