import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createLockout, createRateLimit, LOCKED_MS, MOST_FAILURES } from './attempts.ts';

describe('createLockout', () => {
  it('locks an address out after too many failures, and lets it in again later', async () => {
    const clock = createManualClock();
    const lockout = createLockout(clock);
    for (let count = 1; count < MOST_FAILURES; count += 1) lockout.fail('203.0.113.7');
    expect(lockout.lockedUntil('203.0.113.7')).toBeUndefined();
    lockout.fail('::ffff:203.0.113.7');
    expect(lockout.lockedUntil('203.0.113.7')).toEqual(new Date(clock.now().getTime() + LOCKED_MS));
    expect(lockout.lockedUntil('203.0.113.8')).toBeUndefined();
    await clock.advance(LOCKED_MS);
    expect(lockout.lockedUntil('203.0.113.7')).toBeUndefined();
  });

  it('forgets failures that lie far apart', async () => {
    const clock = createManualClock();
    const lockout = createLockout(clock);
    for (let count = 0; count < 3 * MOST_FAILURES; count += 1) {
      lockout.fail('203.0.113.7');
      await clock.advance(90_000);
    }
    expect(lockout.lockedUntil('203.0.113.7')).toBeUndefined();
  });

  it('stays bounded, whoever fails', () => {
    const lockout = createLockout(createManualClock());
    for (let count = 0; count < MOST_FAILURES; count += 1) lockout.fail('203.0.113.7');
    for (let count = 0; count < 10_000; count += 1) {
      lockout.fail(`2001:db8:${(count >> 8).toString(16)}:${(count & 255).toString(16)}::1`);
    }
    // The oldest one made room.
    expect(lockout.lockedUntil('203.0.113.7')).toBeUndefined();
  });
});

describe('createRateLimit', () => {
  it('lets a burst through, and then so many a second', async () => {
    const clock = createManualClock();
    const limit = createRateLimit(clock, { perSecond: 2, burst: 3 });
    const taken = (): boolean => limit.take('a') === undefined;
    expect([taken(), taken(), taken(), taken()]).toEqual([true, true, true, false]);
    expect(limit.take('a')).toEqual(new Date(clock.now().getTime() + 500));
    expect(limit.take('b')).toBeUndefined();
    await clock.advance(500);
    expect([taken(), taken()]).toEqual([true, false]);
  });
});
