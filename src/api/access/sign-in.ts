/**
 * How browsers sign in and out; each time is in the audit log.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import { toWire } from '../../core/error-wire.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import type { AuditActor, AuditTable } from '../../store/access.ts';
import { FLOW_COOKIE } from '../oidc/flow-cookie.ts';
import type { OidcSignIn } from '../oidc/oidc-sign-in.ts';
import { grantPerson, identify } from '../oidc/person.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { OIDC_PATH } from './dashboard-paths.ts';
import { SESSION_COOKIE, forgetCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { type Visitor, checkSameOrigin } from './visitor.ts';

export interface SignInOptions {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  /** Absent: there is no provider. */
  readonly oidc?: OidcSignIn | undefined;
  readonly audit: AuditTable;
  readonly clock: Clock;
}

export type SignInWay =
  | { readonly way: 'token' }
  /** `path`: where a browser goes to begin. */
  | { readonly way: 'oidc'; readonly name: string; readonly path: string };

export interface SignIn {
  ways(): readonly SignInWay[];
  /**
   * A Set-Cookie field.
   *
   * @throws `api/unauthenticated`, `api/locked`, `api/cross-origin`, `permission/denied`.
   */
  withToken(secret: string, visitor: Visitor): Promise<string>;
  /** To the provider: a Set-Cookie field beside the address. @throws `sign-in/unavailable`. */
  away(): Promise<{ readonly location: string; readonly cookie: string }>;
  /**
   * Set-Cookie fields.
   *
   * @throws `sign-in/invalid`, `sign-in/refused`, `sign-in/unavailable`.
   */
  back(visitor: Visitor, search: URLSearchParams): Promise<string[]>;
  /** A Set-Cookie field. Idempotent. */
  out(caller: Caller): Promise<string>;
}

export function createSignIn(options: SignInOptions): SignIn {
  const { authenticate, sessions, oidc, audit, clock } = options;

  async function audited<T>(actor: AuditActor, operation: string, work: () => Promise<T>) {
    const at = clock.now();
    const id = newId(at);
    await audit.append({ id, at, actor, operation, names: [], outcome: 'begun' });
    try {
      const result = await work();
      await audit.finish(id, { outcome: 'done', finishedAt: clock.now() });
      return result;
    } catch (thrown) {
      const { context: _facts, ...error } = toWire(toAppError(thrown));
      await audit.finish(id, { outcome: 'failed', error, finishedAt: clock.now() });
      throw thrown;
    }
  }

  /** @throws `api/not-found`. */
  function provider(): OidcSignIn {
    if (oidc !== undefined) return oidc;
    throw new AppError('api/not-found', 'there is no OpenID provider to sign in at', {
      mend: 'Sign in with a token, or configure api.oidc.',
    });
  }

  return {
    ways: () => [
      { way: 'token' },
      ...(oidc === undefined ? [] : [{ way: 'oidc' as const, name: oidc.name, path: OIDC_PATH }]),
    ],
    async withToken(secret, visitor) {
      checkSameOrigin(visitor);
      const { token, hash } = await authenticate.token(secret, visitor);
      const { id, name, expiresAt } = token;
      const { address, requestId } = visitor;
      const actor: AuditActor = { kind: 'token', id, name, address, requestId };
      return audited(actor, 'signIn', () => sessions.open({ kind: 'token', id, hash }, expiresAt));
    },
    away: async () => provider().begin(),
    async back(visitor, search) {
      const way = provider();
      const { rules } = way;
      const claims = await way.finish(visitor, search);
      const { address, requestId } = visitor;
      const actor: AuditActor = {
        kind: 'session',
        ...identify(rules, claims),
        address,
        requestId,
      };
      const open = async () => sessions.open(grantPerson(rules, claims));
      return [await audited(actor, 'signIn', open), forgetCookie(FLOW_COOKIE)];
    },
    async out({ actor, session }) {
      if (session !== undefined) {
        await audited(actor, 'signOut', () => sessions.close(session.id));
      }
      return forgetCookie(SESSION_COOKIE);
    },
  };
}
