import { describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../../test/support/lifecycle.ts';
import { type ManualClock, createManualClock } from '../../../test/support/manual-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, after } from '../../core/clock.ts';
import { createLog } from '../../observe/log.ts';
import { newCertificate } from '../issue.ts';
import { changeCertificate } from '../change-certificate.ts';
import type { Store } from '../../store/store.ts';
import { type Scheduler, isCronExpression, startScheduler } from './scheduler.ts';

const NEVER = '0 0 29 2 *';

interface Subject extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly scheduler: Scheduler;
  /** Adds a certificate that is due after `delayMs` and returns its id. */
  add(name: string, delayMs: number): Promise<string>;
  /** The names attended to so far, in order. */
  readonly attended: readonly string[];
}

type Attend = (store: Store, id: string, signal: AbortSignal) => Promise<void>;

/** What a sound attention leaves behind: a next action that is not due. */
const satisfy: Attend = async (store, id) => {
  await changeCertificate(store, id, ({ nextActionAt: _done, ...record }) => record);
};

async function startSubject(
  attend: Attend,
  due: readonly (readonly [name: string, delayMs: number])[] = [],
): Promise<Subject> {
  const lifecycle = await openLifecycle();
  const { store } = lifecycle.context;
  const clock = createManualClock();
  const attended: string[] = [];
  const add = async (name: string, delayMs: number): Promise<string> => {
    const certificate = newCertificate(clock.now(), specFor([name]), 'added');
    const nextActionAt = after(clock.now(), delayMs);
    await store.certificates.insert({ ...certificate, nextActionAt });
    return certificate.id;
  };
  for (const [name, delayMs] of due) await add(name, delayMs);
  const scheduler = startScheduler({
    certificates: store.certificates,
    attend: async (id, signal) => {
      attended.push((await store.certificates.find(id))?.spec.names[0] ?? '');
      await attend(store, id, signal);
    },
    clock,
    log: createLog('silent', 'test'),
    sweep: NEVER,
  });
  await clock.settle();
  return {
    clock,
    scheduler,
    add,
    attended,
    [Symbol.asyncDispose]: async () => {
      await scheduler.stop();
      await lifecycle[Symbol.asyncDispose]();
    },
  };
}

describe('startScheduler', () => {
  it('attends to what is due, the earliest first, and to the rest in time', async () => {
    await using subject = await startSubject(satisfy, [
      ['late.example.com', MINUTE_MS],
      ['second.example.com', -SECOND_MS],
      ['first.example.com', -MINUTE_MS],
    ]);
    expect(subject.attended).toEqual(['first.example.com', 'second.example.com']);
    expect(subject.clock.sleeps.at(-1)).toBe(MINUTE_MS);
    await subject.clock.advance(MINUTE_MS - 1);
    expect(subject.attended).toHaveLength(2);
    await subject.clock.advance(1);
    expect(subject.attended.at(-1)).toBe('late.example.com');
  });

  it('looks again within the hour although nothing is due for days', async () => {
    await using subject = await startSubject(satisfy, [['a.example.com', 9 * DAY_MS]]);
    expect(subject.clock.sleeps).toEqual([HOUR_MS]);
    await subject.add('b.example.com', 0);
    await subject.clock.advance(HOUR_MS);
    expect(subject.attended).toEqual(['b.example.com']);
  });

  it('looks at once when it is woken', async () => {
    await using subject = await startSubject(satisfy);
    await subject.add('a.example.com', 0);
    await subject.clock.settle();
    expect(subject.attended).toEqual([]);
    subject.scheduler.wake();
    subject.scheduler.wake();
    await subject.clock.settle();
    expect(subject.attended).toEqual(['a.example.com']);
  });

  it('works on a bounded number at once, and never twice on one', async () => {
    const running = new Set<string>();
    const release: (() => void)[] = [];
    let most = 0;
    let isDoubled = false;
    const due = Array.from({ length: 45 }, (_, index) => [`h${index}.example.com`, -1] as const);
    await using subject = await startSubject(async (store, id) => {
      isDoubled ||= running.has(id);
      running.add(id);
      most = Math.max(most, running.size);
      await new Promise<void>((resolve) => release.push(resolve));
      await satisfy(store, id, new AbortController().signal);
      running.delete(id);
    }, due);
    expect(running.size).toBe(20);
    while (release.length > 0) {
      for (const finish of release.splice(0, 7)) finish();
      subject.scheduler.wake();
      await subject.clock.settle();
    }
    expect(most).toBe(20);
    expect(isDoubled).toBe(false);
    expect(new Set(subject.attended).size).toBe(45);
    expect(subject.attended).toHaveLength(45);
  });

  it('does not spin on a certificate that stays due, nor starve others by it', async () => {
    const stuck = Array.from({ length: 25 }, (_, index) => [`h${index}.test`, -MINUTE_MS] as const);
    const attend: Attend = async (store, id, signal) => {
      const names = (await store.certificates.find(id))?.spec.names;
      if (names?.[0]?.endsWith('.test') !== true) await satisfy(store, id, signal);
    };
    await using subject = await startSubject(attend, [...stuck, ['z.example.com', -1]]);
    await subject.clock.settle();
    expect(subject.attended).toHaveLength(26);
    expect(subject.attended.at(-1)).toBe('z.example.com');
    await subject.clock.advance(SECOND_MS - 1);
    expect(subject.attended).toHaveLength(26);
    await subject.clock.advance(1);
    expect(subject.attended).toHaveLength(51);
  });

  it('takes up what has come in the meantime before the rest of a long queue', async () => {
    const due = Array.from({ length: 60 }, (_, index) => [`h${index}.example.com`, -1] as const);
    const release: (() => void)[] = [];
    await using subject = await startSubject(async (store, id) => {
      await new Promise<void>((resolve) => release.push(resolve));
      await satisfy(store, id, new AbortController().signal);
    }, due);
    await subject.add('first.example.com', -MINUTE_MS);
    await subject.clock.advance(5 * SECOND_MS);
    subject.scheduler.wake();
    for (const finish of release.splice(0, 1)) finish();
    await subject.clock.settle();
    expect(subject.attended.slice(20)).toEqual(['first.example.com']);
    while (release.length > 0) {
      for (const finish of release.splice(0)) finish();
      await subject.clock.settle();
    }
    expect(subject.attended).toHaveLength(61);
  });

  it('finds within the hour what became due by the clock being set ahead', async () => {
    await using subject = await startSubject(satisfy, [['a.example.com', 9 * DAY_MS]]);
    subject.clock.set(9 * DAY_MS);
    await subject.clock.advance(HOUR_MS);
    expect(subject.attended).toEqual(['a.example.com']);
  });

  it('finds within the hour what was scheduled before the clock was set back', async () => {
    await using subject = await startSubject(async (store, id) => {
      await changeCertificate(store, id, (record) => ({
        ...record,
        nextActionAt: after(subject.clock.now(), MINUTE_MS),
        updatedAt: subject.clock.now(),
      }));
    });
    subject.clock.set(300 * DAY_MS);
    await subject.add('a.example.com', 9 * DAY_MS);
    await subject.clock.advance(HOUR_MS);
    expect(subject.attended).toEqual([]);
    subject.clock.set(-300 * DAY_MS);
    await subject.clock.advance(HOUR_MS);
    expect(subject.attended).toEqual(['a.example.com']);
    await subject.clock.advance(MINUTE_MS);
    expect(subject.attended).toHaveLength(2);
  });

  it('aborts what is under way when it stops, and waits for it', async () => {
    let ended = false;
    const attend: Attend = async (_store, _id, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended = true;
    };
    await using subject = await startSubject(attend, [['a.example.com', 0]]);
    await subject.scheduler.stop();
    expect(ended).toBe(true);
    await subject.add('b.example.com', 0);
    subject.scheduler.wake();
    await subject.clock.advance(DAY_MS);
    expect(subject.attended).toEqual(['a.example.com']);
  });
});

describe('isCronExpression', () => {
  it.each([
    ['*/10 * * * *', true],
    ['0 3 * * 1', true],
    ['every ten minutes', false],
    ['61 * * * *', false],
    ['', false],
  ])('%j: %s', (expression, expected) => {
    expect(isCronExpression(expression)).toBe(expected);
  });
});
