/**
 * A process that opens many new stores in step with others: `store-opener.ts DIRECTORY COUNT START`.
 *
 * @module
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const [, , directory = '', count = '0', start = '0'] = process.argv;

// A busy machine may start this process after the agreed moment.
await wait(Math.max(0, Number(start) - Date.now()));
for (let number = 0; number < Number(count); number += 1) {
  const store = await openSqliteStore({ path: join(directory, `${number}.db`) });
  await store.close();
}
