/**
 * A process that changes what it has seen while another does the same:
 * `certificate-changer.ts DIRECTORY remove|claim`.
 *
 * It looks at every certificate of `certctl.db`, says `ready`, begins when the directory has a file
 * `go`, and prints the first name of each that it got.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { asSeen, claimRevision } from '../../src/lifecycle/as-seen.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const LOOK_AGAIN_MS = 5;
/** So that the other one gets its turn at the store's lock. */
const BETWEEN_MS = 3;

const [, , directory = '', mode] = process.argv;
const clock = systemClock;
const store = await openSqliteStore({ path: join(directory, 'certctl.db'), busyTimeoutMs: 20_000 });
const { certificates } = store;
const seen = await certificates.list({ limit: 1_000 });
process.stdout.write('ready\n');
while (!existsSync(join(directory, 'go'))) await clock.sleep(LOOK_AGAIN_MS);
// In an order of its own: who is behind in the same order gets none.
for (const { certificate } of seen.toSorted(() => Math.random() - 0.5)) {
  const { id, revision, spec } = certificate;
  await clock.sleep(BETWEEN_MS);
  try {
    if (mode === 'claim') await claimRevision({ store, clock }, certificate, revision);
    else await asSeen(certificate, revision, () => certificates.remove(id, revision));
    process.stdout.write(`got ${spec.names[0]}\n`);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'api/changed') throw thrown;
  }
}
await store.close();
