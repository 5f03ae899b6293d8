/**
 * Writes that are sent twice are done once: the second gets the answer of the first.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type Clock, DAY_MS, SECOND_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { IdempotencyTable } from '../../store/access.ts';
import { isSameHash } from '../access/token-secret.ts';
import type { Answer } from './route.ts';

const KEPT_MS = DAY_MS;
const KEY = /^[\x21-\x7e]{1,200}$/;
const LARGEST_KEPT = 256 * 1024;

export interface RepeatableRequest {
  readonly caller: string;
  /** The Idempotency-Key field. */
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  /** The answer has a secret, and is not kept. */
  readonly isSecret: boolean;
}

export type OnceOnly = (request: RepeatableRequest, work: () => Promise<Answer>) => Promise<Answer>;

/** @throws `api/invalid`, `api/key-reused`, `api/in-progress`, `api/answered`. */
export function createOnceOnly(table: IdempotencyTable, clock: Clock): OnceOnly {
  return async ({ caller, key, method, url, body, isSecret }, work) => {
    if (!KEY.test(key)) {
      throw new AppError('api/invalid', 'the Idempotency-Key is empty, too long or not ASCII', {
        mend: 'Send up to 200 visible characters, e.g. a UUID.',
      });
    }
    const hash = createHash('sha256').update(JSON.stringify([method, url, body ?? null]));
    const request = new Uint8Array(hash.digest());
    const now = clock.now();
    const place = { caller, key };
    const before = await table.claim(place, request, now, after(now, -KEPT_MS));
    if (before !== undefined) return repeated(before.request, request, before.answer);
    const answer = await work().catch(async (thrown: unknown) => {
      await table.release(place).catch(() => undefined);
      throw thrown;
    });
    // It is done: a key whose answer cannot be kept stays taken, so that it is not done again.
    await table.complete(place, keptOf(answer, isSecret)).catch(() => undefined);
    return answer;
  };

  function repeated(first: Uint8Array, second: Uint8Array, answer: unknown): Answer {
    if (!isSameHash(first, second)) {
      throw new AppError('api/key-reused', 'the Idempotency-Key came with another request before', {
        mend: 'Send a new key with each new request.',
      });
    }
    if (answer === undefined) {
      throw new AppError('api/in-progress', 'the first request with this Idempotency-Key', {
        mend: 'Send it again in a moment.',
        retryAt: after(clock.now(), SECOND_MS),
      });
    }
    if (answer === 'done') {
      throw new AppError('api/answered', 'the answer was shown once, and is not kept', {
        mend: 'Look at what the first request has made, and undo it if its answer is lost.',
      });
    }
    const kept = answer as Answer;
    return { ...kept, headers: { ...kept.headers, 'idempotent-replayed': 'true' } };
  }
}

function keptOf(answer: Answer, isSecret: boolean): Answer | 'done' {
  const isLarge = JSON.stringify(answer).length > LARGEST_KEPT;
  return isSecret || isLarge ? 'done' : answer;
}
