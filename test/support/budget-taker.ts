/**
 * A process that draws on one budget while others do: `budget-taker.ts PATH TIMES`.
 *
 * Prints how many of its draws were granted; the bucket holds 40 and does not fill while it runs.
 *
 * @module
 */
import { DAY_MS, systemClock } from '../../src/core/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const [, , path = '', times = '0'] = process.argv;
const draws = [{ scope: 'shared', limit: { count: 40, perMs: 40 * DAY_MS } }];

const store = await openSqliteStore({ path, busyTimeoutMs: 20_000 });
let granted = 0;
for (let time = 0; time < Number(times); time += 1) {
  if ((await store.budgets.take(draws, systemClock.now())) === undefined) granted += 1;
}
process.stdout.write(`${granted}\n`);
await store.close();
