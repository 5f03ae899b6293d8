import { describe, expect, it } from 'vitest';
import { openLifecycle } from '../../test/support/lifecycle.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';
import { openTicketKeeper } from './ticket-keeper.ts';

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe('openTicketKeeper', () => {
  it('applies every rotation, and again what could not be applied, until it is stopped', async () => {
    await using lifecycle = await openLifecycle();
    const { store, keys } = lifecycle.context;
    const clock = createManualClock();
    const context = { table: store.ticketSecrets, keys, clock, lifetimeMs: 2 * HOUR_MS };
    const keeper = await openTicketKeeper(context);
    const [first] = keeper.secrets;
    const applied: (readonly string[])[] = [];
    let faults = 1;
    const apply = async (): Promise<void> => {
      if (faults > 0) {
        faults -= 1;
        throw new Error('no worker');
      }
      applied.push(keeper.secrets);
    };
    const stopping = new AbortController();
    const kept = keeper.keep(apply, SILENT, stopping.signal);
    const hours = async (count: number): Promise<void> => {
      for (let passed = 0; passed < count; passed += 1) await clock.advance(HOUR_MS);
    };
    await hours(DAY_MS / HOUR_MS - 1);
    expect(applied).toEqual([]);
    await hours(1);
    expect(applied).toEqual([]);
    await clock.advance(MINUTE_MS);
    expect(applied).toEqual([[expect.any(String), first]]);
    await hours(3);
    expect(applied).toHaveLength(2);
    expect(applied[1]).toEqual([applied[0]?.[0]]);
    expect((await openTicketKeeper(context)).secrets).toEqual(applied[1]);
    stopping.abort();
    await kept;
  });
});
