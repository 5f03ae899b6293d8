/**
 * Whether somebody has to be told that a token is about to expire, or has.
 *
 * @module
 */
import { DAY_MS } from '../../core/clock.ts';
import type { NewEvent } from '../../observe/events/event.ts';
import type { TokenRecord } from '../../store/access.ts';
import { aboutToken } from '../../store/token-changes.ts';

/** What expired longer ago is no news, e.g. after a pause. */
const NEWS_MS = 7 * DAY_MS;

/** The event that is to be told by now, once for each end and fraction of the life before it. */
export function judgeTokenExpiry(
  token: TokenRecord,
  fractions: readonly number[],
  now: Date,
): NewEvent | undefined {
  const { id, expiresAt, revokedAt, rotatedAt, createdAt } = token;
  // A revoked one was told of when it was.
  if (expiresAt === undefined || revokedAt !== undefined) return undefined;
  const data = { ...aboutToken(token), expiresAt: expiresAt.toISOString() };
  const end = `${id}/${expiresAt.getTime()}`;
  const leftMs = expiresAt.getTime() - now.getTime();
  if (leftMs <= 0) {
    if (leftMs < -NEWS_MS) return undefined;
    return { type: 'token.expired.v1', names: [], data, once: `token-expired/${end}` };
  }
  const left = leftMs / (expiresAt.getTime() - (rotatedAt ?? createdAt).getTime());
  const fractionLeft = Math.min(...fractions.filter((fraction) => left <= fraction));
  if (!Number.isFinite(fractionLeft)) return undefined;
  return {
    type: 'token.expiring.v1',
    names: [],
    data: { ...data, fractionLeft },
    once: `token-expiring/${end}/${fractionLeft}`,
  };
}
