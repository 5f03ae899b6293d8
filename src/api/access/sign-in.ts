/**
 * How browsers sign in and out; each time is in the audit log.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import { toWire } from '../../core/error-wire.ts';
import { toAppError } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import type { AuditActor, AuditTable } from '../../store/access.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { SESSION_COOKIE, forgetCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { type Visitor, checkSameOrigin } from './visitor.ts';

export interface SignInOptions {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly audit: AuditTable;
  readonly clock: Clock;
}

export interface SignInWay {
  readonly way: 'token';
}

export interface SignIn {
  ways(): readonly SignInWay[];
  /**
   * A Set-Cookie field.
   *
   * @throws `api/unauthenticated`, `api/locked`, `api/cross-origin`, `permission/denied`.
   */
  withToken(secret: string, visitor: Visitor): Promise<string>;
  /** A Set-Cookie field. Idempotent. */
  out(caller: Caller): Promise<string>;
}

export function createSignIn({ authenticate, sessions, audit, clock }: SignInOptions): SignIn {
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

  return {
    ways: () => [{ way: 'token' }],
    async withToken(secret, visitor) {
      checkSameOrigin(visitor);
      const { token, hash } = await authenticate.token(secret, visitor);
      const { id, name, expiresAt } = token;
      const { address, requestId } = visitor;
      const actor: AuditActor = { kind: 'token', id, name, address, requestId };
      return audited(actor, 'signIn', () => sessions.open({ kind: 'token', id, hash }, expiresAt));
    },
    async out({ actor, session }) {
      if (session !== undefined) {
        await audited(actor, 'signOut', () => sessions.close(session.id));
      }
      return forgetCookie(SESSION_COOKIE);
    },
  };
}
