/**
 * Makes, lists, rotates and revokes tokens.
 *
 * @module
 */
import { type Clock, DAY_MS, SECOND_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { TokenRecord, TokenTable } from '../../store/access.ts';
import { findPattern } from '../leaves.ts';
import type { ResourceOperations, TokenView } from '../resource-operations.ts';
import { newSecret, newTokenId } from './token-secret.ts';

type TokenOperations = Pick<
  ResourceOperations,
  'listTokens' | 'createToken' | 'rotateToken' | 'revokeToken'
>;

const USUAL_LIFE_MS = 90 * DAY_MS;

export function createTokenOperations(tokens: TokenTable, clock: Clock): TokenOperations {
  async function findActive(id: string): Promise<TokenRecord> {
    const found = await find(id);
    if (found.revokedAt === undefined) return found;
    throw new AppError('token/revoked', `the token ${found.name} was revoked`, {
      mend: 'Create a new one.',
    });
  }

  async function find(id: string): Promise<TokenRecord> {
    const found = await tokens.find(id);
    if (found !== undefined) return found;
    throw new AppError('token/not-found', `there is no token ${id}`, {
      mend: 'See `certctl token list` for what there is.',
    });
  }

  function checkExpiry(expiresAt: Date | undefined): void {
    if (expiresAt === undefined || expiresAt > clock.now()) return;
    throw new AppError('input/invalid', `the token would expire at ${expiresAt.toISOString()}`, {
      mend: 'Give an instant in the future.',
    });
  }

  return {
    listTokens: async () => (await tokens.list()).map((record) => viewToken(record, clock.now())),
    async createToken({ name, role, patterns, networks, expiresAt, createdBy = 'socket' }) {
      const id = newTokenId();
      const { secret, hash } = newSecret(id);
      const bound = patterns?.map(findPattern).filter((pattern) => pattern !== undefined);
      const now = clock.now();
      const expiry =
        expiresAt === undefined ? after(now, USUAL_LIFE_MS) : instantOf(expiresAt ?? undefined);
      checkExpiry(expiry);
      const record: TokenRecord = {
        id,
        name,
        role,
        ...(bound === undefined ? {} : { patterns: bound }),
        ...(networks === undefined ? {} : { networks }),
        hash,
        createdAt: now,
        createdBy,
        ...(expiry === undefined ? {} : { expiresAt: expiry }),
      };
      await tokens.insert(record);
      return { token: viewToken(record, now), secret };
    },
    async rotateToken({ id, graceSeconds, expiresAt }) {
      const before = await findActive(id);
      const expiry = instantOf(expiresAt) ?? before.expiresAt;
      checkExpiry(expiry);
      const { secret, hash } = newSecret(id);
      const now = clock.now();
      const record = await tokens.rotate(
        id,
        hash,
        now,
        after(now, graceSeconds * SECOND_MS),
        expiry,
      );
      return { token: viewToken(record, now), secret };
    },
    async revokeToken({ id }) {
      await find(id);
      await tokens.revoke(id, clock.now());
      return viewToken(await find(id), clock.now());
    },
  };
}

export function viewToken(record: TokenRecord, now: Date): TokenView {
  const { id, name, role, patterns, networks, createdBy, previous } = record;
  return {
    id,
    name,
    role,
    ...(patterns === undefined ? {} : { patterns: patterns.map((each) => `bind:${each}`) }),
    ...(networks === undefined ? {} : { networks }),
    state: stateOf(record, now),
    createdAt: record.createdAt.toISOString(),
    createdBy,
    ...dated('expiresAt', record.expiresAt),
    ...dated('rotatedAt', record.rotatedAt),
    ...(previous === undefined || previous.until <= now
      ? {}
      : dated('previousUntil', previous.until)),
    ...dated('revokedAt', record.revokedAt),
    ...dated('lastUsedAt', record.lastUsedAt),
  };
}

export function stateOf({ revokedAt, expiresAt }: TokenRecord, now: Date): TokenView['state'] {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}

function dated<Key extends string>(key: Key, instant: Date | undefined) {
  return (instant === undefined ? {} : { [key]: instant.toISOString() }) as {
    readonly [K in Key]?: string;
  };
}

function instantOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
