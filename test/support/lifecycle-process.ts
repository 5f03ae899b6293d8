/**
 * A process that looks after all certificates of a directory while others do the same:
 * `lifecycle-process.ts DIRECTORY [hang]`.
 *
 * It says `ready` and begins when the directory has a file `go`. Its CA writes what it does into the
 * file `ca`: `PID order|sign|end NAME`. With `hang` no order is signed, so that the process can be
 * killed while it holds leases.
 *
 * @module
 */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND_MS, systemClock } from '../../src/core/clock.ts';
import { mapConcurrently } from '../../src/core/concurrency.ts';
import { AppError } from '../../src/core/errors.ts';
import { createKeyring } from '../../src/keyring/create-keyring.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import { attend } from '../../src/lifecycle/attend.ts';
import { createSealedKeys } from '../../src/lifecycle/sealed-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { CAREFREE } from './lifecycle.ts';
import { createScriptedIssuer } from './scripted-issuer.ts';

const SIGNING_MS = 60;
const LOOK_AGAIN_MS = 50;
const GIVE_UP_AFTER_MS = 20 * SECOND_MS;

const [, , directory = '', mode] = process.argv;
// Who is to be killed has one order, and that one in a known state.
const atOnce = mode === 'hang' ? 1 : 2;
const clock = systemClock;
const { signal } = new AbortController();
const store = await openSqliteStore({ path: join(directory, 'certctl.db'), busyTimeoutMs: 20_000 });
const source = fileKekSource({ path: join(directory, 'keyring.json'), clock });
const keyring = createKeyring(await source.load(signal));
const issuer = await createScriptedIssuer('ca', {
  now: () => clock.now(),
  attempts: [
    async ({ names, journal }, sign) => {
      const name = names[0] ?? '';
      if (journal.entry.url === undefined) {
        write('order', name);
        await journal.save({ url: `https://ca.example/${name}` });
      }
      write('sign', name);
      if (mode === 'hang') await hang();
      await clock.sleep(SIGNING_MS);
      const chain = await sign();
      write('end', name);
      return chain;
    },
  ],
});
const context = {
  store,
  keys: createSealedKeys(store.secrets, keyring),
  issuers: { find: async () => issuer },
  preflight: CAREFREE,
  clock,
  random: Math.random,
  onChanged: () => undefined,
};

process.stdout.write('ready\n');
while (!existsSync(join(directory, 'go'))) await clock.sleep(LOOK_AGAIN_MS);
const giveUpAt = clock.now().getTime() + GIVE_UP_AFTER_MS;
for (;;) {
  const due = await store.certificates.due(clock.now(), 100);
  if (due.length === 0) break;
  if (clock.now().getTime() > giveUpAt) throw new Error(`${due.length} are due still`);
  const shuffled = due.toSorted(() => Math.random() - 0.5);
  await mapConcurrently(shuffled, atOnce, ({ id }) => attendUnlessHeld(id));
  await clock.sleep(LOOK_AGAIN_MS);
}
await store.close();

async function attendUnlessHeld(id: string): Promise<void> {
  try {
    const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
    await attend(context, id, options, signal);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'lease/held') throw thrown;
  }
}

function write(step: string, name: string): void {
  appendFileSync(join(directory, 'ca'), `${process.pid} ${step} ${name}\n`);
}

function hang(): Promise<never> {
  process.stdout.write('hanging\n');
  setInterval(() => undefined, SECOND_MS);
  return new Promise(() => undefined);
}
