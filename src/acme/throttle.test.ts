import { describe, expect, it, vi } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { type BucketLimit, drawToken } from '../core/token-bucket.ts';
import { type TakeLeave, createThrottle } from './throttle.ts';

const LIMIT = { count: 2, perMs: 1_000 };

/** What processes share, here of one process. */
function bucket(limit: BucketLimit): TakeLeave {
  let fullAt: number | undefined;
  return async (now) => {
    const draw = drawToken(fullAt, limit, now.getTime());
    if (!draw.isGranted) return new Date(draw.retryAt);
    fullAt = draw.fullAt;
    return undefined;
  };
}

describe('createThrottle', () => {
  it('lets a burst through, and then one by one in order', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(bucket(LIMIT), clock);
    const sent: [number, number][] = [];
    const start = clock.now().getTime();
    for (let number = 1; number <= 6; number += 1) {
      void throttle().then(() => sent.push([number, clock.now().getTime() - start]));
    }
    for (let tick = 0; tick < 25; tick += 1) await clock.advance(100);
    expect(sent).toEqual([
      [1, 0],
      [2, 0],
      [3, 500],
      [4, 1_000],
      [5, 1_500],
      [6, 2_000],
    ]);
  });

  it('ends the wait when it is aborted', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(bucket({ count: 1, perMs: 1_000 }), clock);
    await throttle();
    const abort = new AbortController();
    const waiting = throttle(abort.signal);
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });

  it('goes on after one that gave up or failed', async () => {
    const clock = createManualClock();
    const failing = vi.fn<TakeLeave>(bucket(LIMIT)).mockRejectedValueOnce(new Error('full disk'));
    const throttle = createThrottle(failing, clock);
    await expect(throttle()).rejects.toThrow('full disk');
    await expect(throttle(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    await expect(throttle()).resolves.toBeUndefined();
  });

  it('shares the limit with another', async () => {
    const clock = createManualClock();
    const shared = bucket(LIMIT);
    const throttles = [createThrottle(shared, clock), createThrottle(shared, clock)];
    const start = clock.now().getTime();
    const sent: number[] = [];
    for (const throttle of [...throttles, ...throttles]) {
      void throttle().then(() => sent.push(clock.now().getTime() - start));
    }
    for (let tick = 0; tick < 25; tick += 1) await clock.advance(100);
    expect(sent).toEqual([0, 0, 500, 1_000]);
  });
});
