/**
 * A process that writes to a SQLite store while others do: `store-writer.ts PATH HOLDER ROUNDS`.
 *
 * In each round it adds a certificate of its own and increments the revision of `shared`.
 *
 * @module
 */
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { sampleCertificate } from '../../src/store/sample-records.contract.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';

const [, , path = '', holder = '', rounds = '0'] = process.argv;

const store = await openSqliteStore({ path, busyTimeoutMs: 20_000 });
await insertShared(store);
for (let round = 0; round < Number(rounds); round += 1) {
  await store.certificates.insert(sampleCertificate(`${holder}-${round}`));
  await incrementShared(store);
}
const lease = await store.leases.claim('winner', holder, 60_000, systemClock.now());
process.stdout.write(lease === undefined ? 'lost\n' : 'won\n');
await store.close();

async function insertShared({ certificates }: Store): Promise<void> {
  try {
    await certificates.insert(sampleCertificate('shared', undefined, { revision: 0 }));
  } catch (thrown) {
    if (!isConflict(thrown)) throw thrown;
  }
}

async function incrementShared({ certificates }: Store): Promise<void> {
  for (;;) {
    const shared = await certificates.find('shared');
    if (shared === undefined) throw new Error('the shared certificate is gone');
    try {
      await certificates.update(shared);
      return;
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
    }
  }
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === 'store/conflict';
}
