import { beforeEach, describe, expect, it } from 'vitest';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { after, type Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { DnsProvider, TxtChange, TxtRecord } from './provider.ts';
import { createWriteQueue } from './write-queue.ts';

const { signal } = new AbortController();
const record = (name: string, value = 'v'): TxtRecord => ({ name: `${name}.example.com`, value });
const ALL = Array.from({ length: 500 }, (_, index) => record(`host-${index}`));

let clock: Clock;
let host: Host;
beforeEach(() => {
  clock = createSteppingClock();
  host = openHost(clock);
});

describe('a queue of changes', () => {
  it('sends what comes at the same time in few requests', async () => {
    const queue = createWriteQueue(host.many, clock);
    await Promise.all(ALL.map((one) => queue.addTxt(one, signal)));
    expect(host.requests).toEqual([100, 100, 100, 100, 100]);
    expect(host.values.size).toBe(500);
  });

  it('sends one change a request where the host takes no more, as many at once as it takes', async () => {
    const queue = createWriteQueue({ ...host.single, mostAtOnce: 4 }, clock);
    await Promise.all(ALL.map((one) => queue.addTxt(one, signal)));
    expect(host.requests).toHaveLength(500);
    expect(host.mostAtOnce).toBe(4);
  });

  it('sends one after the other to a host of which nothing is known', async () => {
    const queue = createWriteQueue(host.single, clock);
    await Promise.all(ALL.slice(0, 20).map((one) => queue.addTxt(one, signal)));
    expect(host.mostAtOnce).toBe(1);
  });

  it.each(['single', 'many'] as const)(
    'never lets changes of one name overtake each other: %s',
    async (kind) => {
      const queue = createWriteQueue(host[kind], clock);
      const one = record('app', 'one');
      const two = record('app', 'two');
      await Promise.all([
        queue.addTxt(one, signal),
        queue.addTxt(two, signal),
        queue.removeTxt(one, signal),
        queue.addTxt(one, signal),
        queue.removeTxt(two, signal),
      ]);
      expect([...host.values]).toEqual(['app.example.com one']);
    },
  );

  it.each(['single', 'many'] as const)('keeps to the limit of the host: %s', async (kind) => {
    host.perMinute = 60;
    const queue = createWriteQueue(host[kind], clock);
    await Promise.all(ALL.slice(0, 200).map((one) => queue.addTxt(one, signal)));
    expect(host.values.size).toBe(200);
    // Each lane meets the limit once before it is over.
    expect(host.refused).toBeLessThanOrEqual(4 * 4);
  });

  it('gives up a host whose limit lasts long, for all', async () => {
    host.fault = (now) =>
      new AppError('dns/rate-limited', 'too many', { retryAt: after(now, 3_600_000) });
    const queue = createWriteQueue(host.many, clock);
    const results = await Promise.allSettled(ALL.map((one) => queue.addTxt(one, signal)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(host.requests.length).toBe(5);
  });

  it('lets one refused change spoil no other', async () => {
    host.refusedName = 'host-7.example.com';
    const queue = createWriteQueue(host.many, clock);
    const results = await Promise.allSettled(
      ALL.slice(0, 20).map((one) => queue.addTxt(one, signal)),
    );
    const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(failed).toEqual([7]);
    expect(host.values.size).toBe(19);
  });

  it('does not try a refused credential once for each change', async () => {
    host.fault = () => new AppError('dns/unauthorized', 'no');
    const queue = createWriteQueue(host.many, clock);
    const results = await Promise.allSettled(
      ALL.slice(0, 100).map((one) => queue.addTxt(one, signal)),
    );
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(host.requests).toEqual([100, 1, 1, 1]);
  });

  it('forgets what is cancelled before its turn, and goes on with the others', async () => {
    const queue = createWriteQueue(host.many, clock);
    const reason = new Error('cancelled');
    const cancellation = new AbortController();
    const cancelled = queue.addTxt(record('gone'), cancellation.signal);
    const other = queue.addTxt(record('app'), signal);
    cancellation.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await other;
    expect([...host.values]).toEqual(['app.example.com v']);
    const late = queue.addTxt(record('late'), cancellation.signal);
    await expect(late).rejects.toBe(reason);
  });

  it('does not spoil the request of many when one of them leaves', async () => {
    const queue = createWriteQueue(host.many, clock);
    const reason = new Error('cancelled');
    const cancellation = new AbortController();
    host.onRequest = () => cancellation.abort(reason);
    const leaving = queue.addTxt(record('gone'), cancellation.signal);
    const other = queue.addTxt(record('app'), signal);
    await expect(leaving).rejects.toBe(reason);
    await other;
    // Whoever left takes away what may have been made.
    await queue.removeTxt(record('gone'), signal);
    expect([...host.values]).toEqual(['app.example.com v']);
  });
});

interface Host {
  readonly values: Set<string>;
  /** How many changes each request had. */
  readonly requests: number[];
  readonly single: DnsProvider;
  readonly many: DnsProvider;
  mostAtOnce: number;
  refused: number;
  perMinute?: number;
  refusedName?: string;
  fault?: (now: Date) => AppError;
  onRequest?: () => void;
}

function openHost(time: Clock): Host {
  let atOnce = 0;
  let windowStart = time.now();
  let inWindow = 0;
  const changeTxt = async (changes: readonly TxtChange[], held: AbortSignal): Promise<void> => {
    held.throwIfAborted();
    atOnce += 1;
    opened.mostAtOnce = Math.max(opened.mostAtOnce, atOnce);
    try {
      opened.onRequest?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      held.throwIfAborted();
      opened.requests.push(changes.length);
      if (opened.fault !== undefined) throw opened.fault(time.now());
      limit();
      if (changes.some((change) => change.record.name === opened.refusedName)) {
        throw new AppError('dns/rejected', 'no');
      }
      for (const { kind, record: changed } of changes) {
        const key = `${changed.name} ${changed.value}`;
        if (kind === 'add') opened.values.add(key);
        else opened.values.delete(key);
      }
    } finally {
      atOnce -= 1;
    }
  };
  const limit = (): void => {
    if (opened.perMinute === undefined) return;
    if (time.now() >= after(windowStart, 60_000)) {
      windowStart = time.now();
      inWindow = 0;
    }
    inWindow += 1;
    if (inWindow <= opened.perMinute) return;
    opened.refused += 1;
    throw new AppError('dns/rate-limited', 'too many', { retryAt: after(windowStart, 60_000) });
  };
  const single: DnsProvider = {
    addTxt: (changed, held) => changeTxt([{ kind: 'add', record: changed }], held),
    removeTxt: (changed, held) => changeTxt([{ kind: 'remove', record: changed }], held),
    close: async () => {},
  };
  const opened: Host = {
    values: new Set(),
    requests: [],
    mostAtOnce: 0,
    refused: 0,
    single,
    many: { ...single, changeTxt },
  };
  return opened;
}
