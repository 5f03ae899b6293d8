/**
 * Events that are collected into one mail: none lost, none twice, whatever the server answers.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { type Clock, SECOND_MS, systemClock } from '../../src/core/clock.ts';
import { deliverAll } from '../../src/lifecycle/delivery/deliver.ts';
import { createEmailNotifier } from '../../src/notify/email/notifier.ts';
import type { NewEvent } from '../../src/observe/events/event.ts';
import { createLog } from '../../src/observe/log.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openMailServer } from '../support/mail-server.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SPEED = 20;
/** Fast, so that nobody waits for the end of the window. */
const clock: Clock = {
  now: () => new Date(Date.now() * SPEED),
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / SPEED, signal),
};
const EVENTS = 1_000;
const SOON = { timeout: 30_000 };

describe('a thousand failures at once', () => {
  it('are one mail, tried again until the server takes it', async () => {
    await using directory = await openTempDir();
    let refused = 0;
    await using server = await openMailServer({
      refuse: (recipient) => {
        if (recipient !== undefined || refused >= 2) return undefined;
        refused += 1;
        return [451, '4.3.2 not now'];
      },
    });
    const store = await openSqliteStore({ path: directory.file('certctl.db') });
    const notifier = createEmailNotifier({
      server: { host: 'localhost', port: server.port, tls: 'starttls', caPem: server.root },
      from: { name: '', address: 'certctl@example.com' },
      to: [{ name: '', address: 'ops@example.com' }],
      timeoutMs: 10_000,
      digestMs: 30 * SECOND_MS,
    });
    const stop = new AbortController();
    const context = { store, clock, random: () => 0.5, log: createLog('silent', 'test') };
    const receiver = { subscription: { name: 'mail', retryForMs: 86_400_000 * SPEED }, notifier };
    await store.deliveries.subscribe(['mail'], clock.now());
    const delivering = deliverAll(context, [receiver], stop.signal);
    await store.events.append(Array.from({ length: EVENTS }, (_, index) => failed(index)));
    await expect.poll(() => server.received.length, SOON).toBe(1);
    await expect
      .poll(() => store.deliveries.backlog(), SOON)
      .toEqual([{ subscription: 'mail', waiting: 0, dead: 0 }]);
    expect(refused).toBe(2);
    expect(server.received[0]?.message).toContain(`certctl: ${EVENTS} events`);
    await store.events.append([failed(EVENTS)]);
    await expect.poll(() => server.received.length, SOON).toBe(2);
    expect(server.received[1]?.message).toContain(`h${EVENTS}.example.com`);
    stop.abort();
    await delivering;
    await store.close();
  });
});

function failed(index: number): NewEvent {
  return {
    type: 'certificate.renewal_failed.v1',
    certificateId: `c${index}`,
    names: [`h${index}.example.com`],
    data: {
      error: { code: 'acme/challenge-failed', message: 'no answer' },
      failures: 1,
      retryAt: new Date().toISOString(),
    },
  };
}
