/**
 * Browsers that are signed in: a secret in a cookie, kept as hash, for a bounded time.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type Clock, SECOND_MS, after } from '../../core/clock.ts';
import type { AuditActor, TokenTable } from '../../store/access.ts';
import type { SessionHolder, SessionRecord, SessionTable } from '../../store/sessions.ts';
import type { Caller } from './caller.ts';
import {
  checkNetwork,
  faultOf,
  isSecretOf,
  isWorthNoting,
  unauthenticated,
} from './check-token.ts';
import type { Grant } from './permissions.ts';
import { SESSION_COOKIE, cookieField } from './session-cookie.ts';
import { hashOf, isSameHash } from './token-secret.ts';
import type { Visitor } from './visitor.ts';

export interface SessionsOptions {
  readonly table: SessionTable;
  readonly tokens: TokenTable;
  readonly life: SessionLife;
  /** Stands for what the configuration grants to persons; absent: they cannot sign in. */
  readonly rules?: string | undefined;
  readonly clock: Clock;
}

export interface SessionLife {
  /** So long after its last request it ends. */
  readonly idleMs: number;
  /** So long after it was opened it ends in any case. */
  readonly longestMs: number;
}

export interface Sessions {
  /** The Set-Cookie field that opens it in the browser. */
  open(holder: SessionHolder, notAfter?: Date): Promise<string>;
  /**
   * Whom a cookie stands for. `undefined`: nobody has ever got it from here, or it ended long ago.
   *
   * @throws `api/unauthenticated` when the session has ended, `permission/denied` when its token is
   * not for this address.
   */
  find(cookie: string, visitor: Visitor): Promise<Caller | undefined>;
  close(id: string): Promise<void>;
}

const FORM = /^([0-9a-f]{20})\.([A-Za-z0-9_-]{43})$/;
const ID_OCTETS = 10;
const SECRET_OCTETS = 32;
const BOUNDS = { ofHolder: 20, inAll: 2_000 };
const SIGN_IN = 'Sign in again.';

export function createSessions(options: SessionsOptions): Sessions {
  const { table, tokens, life, rules, clock } = options;

  /** @throws `api/unauthenticated`, `permission/denied`. */
  async function grantOf(
    { holder }: SessionRecord,
    address: string,
  ): Promise<{ name: string; grant: Grant; expiresAt?: Date | undefined }> {
    if (holder.kind === 'person') {
      if (holder.rules !== rules) throw ended('the rules for signing in have changed since');
      const { name, role, patterns } = holder;
      return { name, grant: { role, patterns } };
    }
    const token = await tokens.find(holder.id);
    const now = clock.now();
    if (token === undefined) throw ended('its token is gone');
    const fault = faultOf(token, now);
    if (fault !== undefined) throw ended(fault);
    if (!isSecretOf(token, holder.hash, now)) throw ended(`the token "${token.name}" was rotated`);
    checkNetwork(token, address);
    const { name, role, patterns, expiresAt } = token;
    return { name, grant: { role, patterns }, expiresAt };
  }

  return {
    async open(holder, notAfter) {
      const now = clock.now();
      const id = randomBytes(ID_OCTETS).toString('hex');
      const secret = randomBytes(SECRET_OCTETS).toString('base64url');
      const end = after(now, life.longestMs);
      const expiresAt = notAfter !== undefined && notAfter < end ? notAfter : end;
      const hash = hashOf(secret);
      await table.insert({ id, hash, holder, openedAt: now, usedAt: now, expiresAt }, BOUNDS);
      const seconds = Math.ceil((expiresAt.getTime() - now.getTime()) / SECOND_MS);
      return cookieField(SESSION_COOKIE, `${id}.${secret}`, { seconds });
    },
    async find(cookie, { address, requestId }) {
      const [, id = '', secret = ''] = FORM.exec(cookie) ?? [];
      const record = id === '' ? undefined : await table.find(id);
      if (record === undefined || !isSameHash(record.hash, hashOf(secret))) return undefined;
      const now = clock.now();
      const idleUntil = after(record.usedAt, life.idleMs);
      if (record.expiresAt <= now) throw ended('its time is over');
      if (idleUntil <= now) throw ended('it was not used for too long');
      const { name, grant, expiresAt = record.expiresAt } = await grantOf(record, address);
      const isNoted = isWorthNoting(record.usedAt, now);
      // A full disk must not keep people from looking.
      if (isNoted) await table.markUsed(id, now).catch(() => undefined);
      const { holder, openedAt } = record;
      const actor: AuditActor = { kind: 'session', id: holder.id, name, address, requestId };
      return {
        actor,
        grant,
        expiresAt: expiresAt < record.expiresAt ? expiresAt : record.expiresAt,
        session: {
          id,
          kind: holder.kind,
          openedAt,
          idleUntil: isNoted ? after(now, life.idleMs) : idleUntil,
        },
      };
    },
    close: (id) => table.remove(id),
  };
}

function ended(reason: string) {
  return unauthenticated(`the session has ended: ${reason}`, SIGN_IN);
}
