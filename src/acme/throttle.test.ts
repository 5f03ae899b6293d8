import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { createThrottle } from './throttle.ts';

const LIMIT = { count: 2, perMs: 1_000 };

describe('createThrottle', () => {
  it('lets a burst through, and then one by one in order', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(LIMIT, clock);
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
    const throttle = createThrottle({ count: 1, perMs: 1_000 }, clock);
    await throttle();
    const abort = new AbortController();
    const waiting = throttle(abort.signal);
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});
