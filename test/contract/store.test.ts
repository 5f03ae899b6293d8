/**
 * The store's contract for every adapter.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeAccess } from '../../src/store/access.contract.ts';
import { describeInventory } from '../../src/store/inventory.contract.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { describeLeftovers } from '../../src/store/leftovers.contract.ts';
import { describeOrderUrls } from '../../src/store/order-urls.contract.ts';
import type { Store } from '../../src/store/store.ts';
import { describeDeliveries } from '../../src/store/deliveries.contract.ts';
import { describeEventPages } from '../../src/store/event-pages.contract.ts';
import { describeEvents } from '../../src/store/events.contract.ts';
import type { StoreHarness } from '../../src/store/store-harness.contract.ts';
import { describeDeployments } from '../../src/store/deployments.contract.ts';
import { describeServed } from '../../src/store/served.contract.ts';
import { describeStatistics } from '../../src/store/statistics.contract.ts';
import { describeSessions } from '../../src/store/sessions.contract.ts';
import { describeStore } from '../../src/store/store.contract.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const OPENER = fileURLToPath(new URL('../support/store-opener.ts', import.meta.url));
const TAKER = fileURLToPath(new URL('../support/budget-taker.ts', import.meta.url));
const WRITER = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));

describeStore('sqlite', openHarness);
describeLeftovers('sqlite', openHarness);
describeOrderUrls('sqlite', openHarness);
describeAccess('sqlite', openHarness);
describeSessions('sqlite', openHarness);
describeInventory('sqlite', openHarness);
describeDeployments('sqlite', openHarness);
describeServed('sqlite', openHarness);
describeEvents('sqlite', openHarness);
describeEventPages('sqlite', openHarness);
describeDeliveries('sqlite', openHarness);
describeStatistics('sqlite', openHarness);

describe('sqlite: several processes', () => {
  it('can open a new database at the same moment', async () => {
    await using directory = await openTempDir();
    const start = String(Date.now() + 1000);
    const runs = Array.from({ length: 4 }, () =>
      runProgram(process.execPath, [OPENER, directory.path, '60', start]),
    );
    for (const { status, stderr } of await Promise.all(runs)) {
      expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' });
    }
  });

  it('lose no write', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const rounds = 25;
    const results = await Promise.all(
      ['a', 'b', 'c'].map((holder) =>
        runProgram(process.execPath, [WRITER, path, holder, String(rounds)]),
      ),
    );
    expect(results.map(({ status, stderr }) => ({ status, stderr }))).toStrictEqual(
      results.map(() => ({ status: 0, stderr: '' })),
    );
    expect(results.map(({ stdout }) => stdout).toSorted()).toStrictEqual([
      'lost\n',
      'lost\n',
      'won\n',
    ]);
    const store = await openSqliteStore({ path });
    try {
      const listed = await store.certificates.list({ limit: 1000 });
      expect(listed).toHaveLength(3 * rounds + 1);
      expect((await store.certificates.find('shared'))?.revision).toBe(3 * rounds);
    } finally {
      await store.close();
    }
  });
});

describe('sqlite: one budget in two processes', () => {
  it('gives to both together what it holds', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const runs = [1, 2].map(() => runProgram(process.execPath, [TAKER, path, '60']));
    const results = await Promise.all(runs);
    expect(results.map(({ status, stderr }) => ({ status, stderr }))).toStrictEqual(
      results.map(() => ({ status: 0, stderr: '' })),
    );
    const granted = results.map(({ stdout }) => Number(stdout));
    expect(granted.reduce((sum, count) => sum + count)).toBe(40);
  });
});

async function openHarness(): Promise<StoreHarness> {
  const directory = await openTempDir();
  const path = directory.file('certctl.db');
  const stores: Store[] = [];
  const openAnother = async (): Promise<Store> => {
    const store = await openSqliteStore({ path });
    stores.push(store);
    return store;
  };
  return {
    store: await openAnother(),
    openAnother,
    [Symbol.asyncDispose]: async () => {
      for (const store of stores) await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
