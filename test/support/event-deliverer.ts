/**
 * A process that writes events with changes and delivers them to a webhook, until it is killed:
 * `event-deliverer.ts DATABASE URL CERTIFICATES CHANGES`
 *
 * @module
 */
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { newId } from '../../src/core/id.ts';
import { deliverAll } from '../../src/lifecycle/delivery/deliver.ts';
import { createWebhookNotifier } from '../../src/notify/webhook/notifier.ts';
import { createLog } from '../../src/observe/log.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { sampleCertificate } from '../../src/store/sample-records.contract.ts';

const SPEED = 20;
/** Fast, so that nobody waits for the next attempts, and the same in every process. */
const clock: Clock = {
  now: () => new Date(Date.now() * SPEED),
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / SPEED, signal),
};

const [path = '', url = '', certificates = '0', changes = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ path });
const settings = {
  url,
  secrets: [Buffer.alloc(32, 7).toString('base64')],
  timeoutMs: 5_000,
  allowPrivate: true,
};
const receiver = {
  subscription: { name: 'half', retryForMs: 86_400_000 * SPEED },
  notifier: createWebhookNotifier(settings, systemClock),
};
await store.deliveries.subscribe(['half'], clock.now());
const context = { store, clock, random: () => 0, log: createLog('silent', 'test') };
const delivering = deliverAll(context, [receiver], new AbortController().signal);

// Each failure that is counted up is one event; who is killed goes on with the next one.
for (let round = 0; round < Number(changes); round += 1) {
  for (let index = 0; index < Number(certificates); index += 1) {
    const id = `certificate-${index}`;
    const found = await store.certificates.find(id);
    if (found === undefined) await store.certificates.insert(sampleCertificate(id));
    const record = found ?? sampleCertificate(id);
    const count = (record.failure?.count ?? 0) + 1;
    if (count > round + 1) continue;
    const now = systemClock.now();
    const lastError = { code: 'internal/unexpected', message: newId(now) } as const;
    const failure = { count, lastError, lastErrorAt: now, retryAt: now };
    await store.certificates.update({ ...record, failure });
  }
}
process.stdout.write('written\n');
await delivering;
