/**
 * From what a request carries to who asks.
 *
 * @module
 */
import { type Clock, MINUTE_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createNetworkCheck } from '../../core/networks.ts';
import type { TokenRecord, TokenTable } from '../../store/access.ts';
import type { Lockout } from './attempts.ts';
import type { Caller } from './caller.ts';
import { stateOf } from './token-operations.ts';
import { isSameHash, readSecret } from './token-secret.ts';

export interface Credentials {
  /** The whole Authorization field. */
  readonly authorization: string | undefined;
  readonly address: string;
  readonly requestId: string;
}

export interface AuthenticateOptions {
  readonly tokens: TokenTable;
  readonly lockout: Lockout;
  readonly clock: Clock;
}

export type Authenticate = (credentials: Credentials) => Promise<Caller>;

const NOTE_USE_EVERY_MS = MINUTE_MS;
const MEND = 'Send `Authorization: Bearer` with a token of `certctl token create`.';
/** Compared with when there is no such token, so that both take the same time. */
const NO_HASH = new Uint8Array(32);

/** @throws `api/unauthenticated`, `api/locked`, `permission/denied`. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { tokens, lockout, clock } = options;
  return async ({ authorization, address, requestId }) => {
    const retryAt = lockout.lockedUntil(address);
    if (retryAt !== undefined) {
      throw new AppError('api/locked', `too many failed attempts came from ${address}`, {
        mend: 'Wait, and then use a valid token.',
        retryAt,
      });
    }
    if (authorization === undefined) throw unauthenticated('the request has no token');
    const [, secret = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const parts = readSecret(secret);
    const record = parts === undefined ? undefined : await tokens.find(parts.id);
    if (parts === undefined || record === undefined || !isSecretOf(record, parts.hash)) {
      isSameHash(NO_HASH, parts?.hash ?? NO_HASH);
      lockout.fail(address);
      throw unauthenticated('the token is not valid');
    }
    const state = stateOf(record, clock.now());
    if (state !== 'active') {
      lockout.fail(address);
      throw unauthenticated(`the token "${record.name}" is ${state}`);
    }
    if (record.networks !== undefined && !createNetworkCheck(record.networks)(address)) {
      throw new AppError('permission/denied', `the token is not for use from ${address}`, {
        mend: 'Use it from one of its networks.',
      });
    }
    await noteUse(record);
    const { id, name, role, patterns, expiresAt } = record;
    return {
      actor: { kind: 'token', id, name, address, requestId },
      grant: { role, patterns },
      expiresAt,
    };
  };

  function isSecretOf({ hash, previous }: TokenRecord, given: Uint8Array): boolean {
    if (isSameHash(hash, given)) return true;
    return previous !== undefined && previous.until > clock.now()
      ? isSameHash(previous.hash, given)
      : false;
  }

  /** Each use would be a write. */
  async function noteUse({ id, lastUsedAt }: TokenRecord): Promise<void> {
    const now = clock.now();
    if (lastUsedAt !== undefined && now.getTime() - lastUsedAt.getTime() < NOTE_USE_EVERY_MS)
      return;
    // A full disk must not keep people from looking.
    await tokens.markUsed(id, now).catch(() => undefined);
  }
}

function unauthenticated(reason: string): AppError {
  return new AppError('api/unauthenticated', reason, { mend: MEND });
}
