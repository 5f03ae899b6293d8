/**
 * Names that clients ask for and no endpoint serves, from what workers count to events.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../support/manual-clock.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/core/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  createUnknownNameWatch,
  MOST_TOLD,
} from '../../src/lifecycle/watch/watch-unknown-names.ts';

async function openWatch() {
  const directory = await openTempDir();
  const clock = createManualClock();
  const store = await openSqliteStore({ path: directory.file('certctl.db'), clock });
  const fail = (thrown: unknown): never => {
    throw thrown;
  };
  let stop = new AbortController();
  /** Ends the one before. */
  const start = () => {
    stop.abort();
    stop = new AbortController();
    const watch = createUnknownNameWatch({ store, clock, onFault: fail });
    void watch.run(stop.signal);
    return watch;
  };
  return {
    clock,
    start,
    told: async () =>
      (await store.events.after(0, 1_000)).map(({ names, data }) => [...names, data['requests']]),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await clock.advance(MINUTE_MS);
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe('names that no endpoint serves', () => {
  it('are told of once an hour, whatever is restarted', async () => {
    await using world = await openWatch();
    const { clock } = world;
    const first = world.start();
    first.note([
      ['old.example.com', 3],
      ['not a name', 9],
    ]);
    await clock.advance(MINUTE_MS);
    expect(await world.told()).toStrictEqual([['old.example.com', 3]]);
    const second = world.start();
    second.note([['old.example.com', 5]]);
    await clock.advance(HOUR_MS - 2 * MINUTE_MS);
    expect(await world.told()).toHaveLength(1);
    await clock.advance(2 * MINUTE_MS);
    await clock.advance(MINUTE_MS);
    await expect.poll(world.told).toStrictEqual([
      ['old.example.com', 3],
      ['old.example.com', 5],
    ]);
    // Nobody has asked again.
    await clock.advance(3 * HOUR_MS);
    await clock.advance(MINUTE_MS);
    expect(await world.told()).toHaveLength(2);
  });

  it('that are made up by the thousand are few, and hide none that many ask for', async () => {
    await using world = await openWatch();
    const { clock } = world;
    const watch = world.start();
    const madeUp = (round: number) =>
      Array.from({ length: 500 }, (_, index) => [`x${round}-${index}.example.com`, 1] as const);
    for (let round = 0; round < 10; round += 1) {
      watch.note([...madeUp(round), ['moved.example.com', 20]]);
      await clock.advance(MINUTE_MS);
    }
    const told = await world.told();
    expect(told[0]).toStrictEqual(['moved.example.com', 20]);
    // One comes back every six minutes.
    expect(told.length).toBeLessThanOrEqual(MOST_TOLD.count + 2);
  });
});
