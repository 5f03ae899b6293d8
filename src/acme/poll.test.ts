import { describe, expect, it } from 'vitest';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { after } from '../core/clock.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { poll, type Polled } from './poll.ts';

async function always(value: string): Promise<Polled<string>> {
  return { value };
}

function isValid(value: string): boolean {
  return value === 'valid';
}

describe('poll', () => {
  it('looks at once, then ever less often', async () => {
    const clock = createSteppingClock();
    let looks = 0;
    const load = async (): Promise<Polled<number>> => ({ value: ++looks });
    expect(await poll({ load, isDone: (value) => value === 15, subject: 'it', clock })).toBe(15);
    expect(clock.sleeps[0]).toBe(20);
    expect(clock.sleeps.at(-1)).toBe(5_000);
    expect(clock.sleeps.toSorted((a, b) => a - b)).toEqual(clock.sleeps);
  });

  it('keeps to the pace of the server, within bounds', async () => {
    const clock = createSteppingClock();
    const paces = [3_000, -9_000, 3_600_000, undefined];
    let looks = 0;
    const load = async (): Promise<Polled<number>> => {
      const pace = paces[looks];
      looks += 1;
      return { value: looks, retryAt: pace === undefined ? undefined : after(clock.now(), pace) };
    };
    await poll({ load, isDone: (value) => value > paces.length, subject: 'it', clock });
    expect(clock.sleeps.slice(0, 3)).toEqual([3_000, 100, 60_000]);
  });

  it('takes an answer at hand for the first look', async () => {
    const clock = createSteppingClock();
    const from = { value: 'processing', retryAt: after(clock.now(), 2_000) };
    const load = always.bind(undefined, 'valid');
    await poll({ load, isDone: isValid, from, subject: 'the order', clock });
    expect(clock.sleeps).toEqual([2_000]);
    await poll({ load, isDone: isValid, from: { value: 'valid' }, subject: 'the order', clock });
    expect(clock.sleeps).toHaveLength(1);
  });

  it('looks again after a failure that passes, at the pace of the server', async () => {
    const clock = createSteppingClock();
    const failed = (code: ErrorCode, retryAfterMs?: number): AppError =>
      new AppError(code, 'cannot read it', {
        retryAt: retryAfterMs === undefined ? undefined : after(clock.now(), retryAfterMs),
      });
    const failing = (failures: AppError[]) => async (): Promise<Polled<string>> => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return { value: 'valid' };
    };
    const options = { isDone: isValid, subject: 'it', clock, mostFailures: 2 };
    const twice = (): AppError[] => [
      failed('acme/server-error'),
      failed('acme/rate-limited', 9_000),
    ];
    expect(await poll({ ...options, load: failing(twice()) })).toBe('valid');
    expect(clock.sleeps).toEqual([1_000, 8_000]);
    const third = [...twice(), failed('acme/timeout')];
    await expect(poll({ ...options, load: failing(third) })).rejects.toMatchObject({
      code: 'acme/timeout',
    });
    const refused = failed('acme/rejected');
    await expect(poll({ ...options, load: failing([refused]) })).rejects.toBe(refused);
    const late = failed('acme/rate-limited', 600_000);
    await expect(poll({ ...options, load: failing([late]) })).rejects.toBe(late);
  });

  it('ends at its deadline, naming what it waited for', async () => {
    const clock = createSteppingClock();
    const load = always.bind(undefined, 'pending');
    const ended = poll({
      load,
      isDone: () => false,
      timeoutMs: 10_000,
      subject: 'the order',
      clock,
    });
    await expect(ended).rejects.toMatchObject({
      code: 'acme/timeout',
      message: 'the order did not change within 10 s',
      retryAt: expect.any(Date),
    });
  });

  it('stops with the reason of its signal', async () => {
    const clock = createSteppingClock();
    const stop = new AbortController();
    const load = async (): Promise<Polled<number>> => {
      stop.abort(new Error('shutting down'));
      return { value: 0 };
    };
    const ended = poll({ load, isDone: () => false, subject: 'it', clock }, stop.signal);
    await expect(ended).rejects.toThrow('shutting down');
  });
});
