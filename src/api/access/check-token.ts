/**
 * Whether a token counts: its secret, its state, where it comes from.
 *
 * @module
 */
import { type Clock, MINUTE_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createNetworkCheck } from '../../core/networks.ts';
import type { TokenRecord, TokenTable } from '../../store/access.ts';
import { stateOf } from './token-operations.ts';
import { isSameHash, readSecret } from './token-secret.ts';

/** @throws `api/unauthenticated`, or `permission/denied` where the token is not for the address. */
export type CheckToken = (secret: string, address: string) => Promise<CheckedToken>;

export interface CheckedToken {
  readonly token: TokenRecord;
  /** Of the secret that was given: a token in rotation has two. */
  readonly hash: Uint8Array;
}

const NOTE_USE_EVERY_MS = MINUTE_MS;
/** Compared with when there is no such token, so that both take the same time. */
const NO_HASH = new Uint8Array(32);

export function createTokenCheck(tokens: TokenTable, clock: Clock): CheckToken {
  return async (secret, address) => {
    const parts = readSecret(secret);
    const token = parts === undefined ? undefined : await tokens.find(parts.id);
    if (parts === undefined || token === undefined) {
      isSameHash(NO_HASH, parts?.hash ?? NO_HASH);
      throw unauthenticated('the token is not valid');
    }
    const now = clock.now();
    if (!isSecretOf(token, parts.hash, now)) throw unauthenticated('the token is not valid');
    const fault = faultOf(token, now);
    if (fault !== undefined)
      throw unauthenticated(fault, 'Make a new one with `certctl token create`.');
    checkNetwork(token, address);
    const { id, lastUsedAt } = token;
    // Each use would be a write, and a full disk must not keep people from looking.
    if (isWorthNoting(lastUsedAt, now)) await tokens.markUsed(id, now).catch(() => undefined);
    return { token, hash: parts.hash };
  };
}

/** The hash of a secret that counts at this instant, the one before a rotation included. */
export function isSecretOf({ hash, previous }: TokenRecord, given: Uint8Array, now: Date): boolean {
  if (isSameHash(hash, given)) return true;
  return previous !== undefined && previous.until > now ? isSameHash(previous.hash, given) : false;
}

/** Why the token no longer counts. */
export function faultOf(token: TokenRecord, now: Date): string | undefined {
  const state = stateOf(token, now);
  return state === 'active' ? undefined : `the token "${token.name}" is ${state}`;
}

/** @throws `permission/denied`. */
export function checkNetwork({ networks }: TokenRecord, address: string): void {
  if (networks === undefined || createNetworkCheck(networks)(address)) return;
  throw new AppError('permission/denied', `the token is not for use from ${address}`, {
    mend: 'Use it from one of its networks.',
  });
}

/** The last use is kept to the minute. */
export function isWorthNoting(lastUsedAt: Date | undefined, now: Date): boolean {
  return lastUsedAt === undefined || now.getTime() - lastUsedAt.getTime() >= NOTE_USE_EVERY_MS;
}

export function unauthenticated(reason: string, mend = MEND): AppError {
  return new AppError('api/unauthenticated', reason, { mend });
}

const MEND = 'Send `Authorization: Bearer` with a token of `certctl token create`.';
