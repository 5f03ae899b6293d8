import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { startDaemon } from '../support/daemon.ts';
import { Pebble } from '../support/pebble.ts';
import { openSpanCollector, tracingKeys } from '../support/span-collector.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SOON = { timeout: 20_000, interval: 100 };

it('an order is traced from its opening to the stored chain, and a failure says why', async () => {
  await using ca = await Pebble.start({ reuseAuthorizations: 0 });
  await using dir = await openTempDir();
  await using collector = await openSpanCollector();
  await writeFile(dir.file('collector.pem'), collector.server.root);
  const config = await writeAcmeConfig(dir, ca, tracingKeys(collector, dir.file('collector.pem')));
  await using daemon = await startDaemon(config);
  const issued = await daemon.run('issue', 'new.example.com', '--challenge', 'dns-01');
  expect(issued, issued.stderr).toMatchObject({ status: 0 });

  const order = () => collector.spans().find(({ name }) => name === 'order');
  await expect.poll(order, SOON).toBeDefined();
  const paths = collector.paths(order()?.traceId ?? '');
  for (const step of [
    'order.open/preflight',
    'authorizations/authorizations.fetch',
    'authorizations/challenge/challenge.present',
    'authorizations/challenge/challenge.propagation',
    'authorizations/challenge.validation',
    'authorizations/challenge.clean-up',
    'order.await-ready',
    'finalize',
    'download',
    'store',
  ]) {
    expect(paths).toContain(`order/${step}`);
  }
  expect(order()).toMatchObject({
    error: undefined,
    attributes: { 'certctl.issuer': 'pebble', 'certctl.names': 'new.example.com' },
  });

  // Nobody answers for this one.
  const failed = await daemon.run('issue', 'other.example.com', '--challenge', 'http-01');
  expect(failed.status).not.toBe(0);
  const failure = () => collector.spans().find(({ name, error }) => name === 'order' && error);
  await expect.poll(failure, SOON).toMatchObject({
    attributes: { 'certctl.names': 'other.example.com', 'error.type': expect.any(String) },
  });
}, 60_000);
