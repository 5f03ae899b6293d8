/**
 * Several challenge types for one certificate: which is tried when, and what that costs.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { openTestControl } from '../support/control.ts';
import { freePorts } from '../support/free-port.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAMES = ['a.example.com', 'b.example.com', 'c.example.com'];
const BOTH = { challenges: ['http-01', 'tls-alpn-01'] as ('http-01' | 'tls-alpn-01')[] };

describe('several challenge types', () => {
  it('go on with the next one in a new order, for all names at once', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const [elsewhere = 0] = await freePorts(1);
    const { outcome } = await test.issue(NAMES, { ...BOTH, http01Port: elsewhere });
    expect(outcome).toBe('issued');
    expect(await ca.orderCount()).toBe(2);
    const { store } = test.control.context;
    const [found] = await store.certificates.list({ limit: 1 });
    expect(found?.certificate).not.toHaveProperty('failure');
    await verifyChain(found?.issuance?.chainPem ?? '', (await ca.roots()).join(''));
  });

  it('count as one failure when none is left, and the error names them all', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const [http = 0, tls = 0] = await freePorts(2);
    const issued = test.issue(['a.example.com'], { ...BOTH, http01Port: http, tlsAlpn01Port: tls });
    await expect(issued).rejects.toMatchObject({
      code: 'acme/challenge-failed',
      message: expect.stringMatching(/by tls-alpn-01.*before it failed a\.example\.com by http-01/),
    });
    expect(await ca.orderCount()).toBe(2);
    const { store } = test.control.context;
    const [found] = await store.certificates.list({ limit: 1 });
    expect(found?.certificate.failure).toMatchObject({ count: 1 });
    expect(await store.orders.unfinished()).toEqual([]);
  });

  it('use the same order when an answer cannot even be put in place', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const holder = createServer().listen(0);
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { outcome } = await test.issue(['a.example.com'], { ...BOTH, http01Port: port });
    holder.close();
    expect(outcome).toBe('issued');
    expect(await ca.orderCount()).toBe(1);
    expect(test.progress).toContainEqual({
      step: 'warning',
      message: expect.stringContaining('not by http-01 then'),
    });
  });

  it('that were tried before a crash are not tried again after it', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0, validationSleep: true });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const [elsewhere] = await freePorts(1);
    const command = ['issue', 'a.example.com', '--config', config].concat(
      ['--challenge', 'http-01', '--http01-port', String(elsewhere)],
      ['--challenge', 'tls-alpn-01', '--tls-alpn01-port', String(ca.tlsPort)],
    );
    await using first = await startCertctl(command);
    await first.waitForLine(/tls-alpn-01 answer for a\.example\.com is in place/);
    first.kill('SIGKILL');
    await first.exited;
    const before = await openSqliteStore({ path: dir.file('data/certctl.db') });
    const [order] = await before.orders.unfinished();
    await before.close();
    expect(order?.failedChallenges).toEqual([{ name: 'a.example.com', type: 'http-01' }]);

    const second = await runCertctl(command, { timeoutMs: 60_000 });
    expect(second).toMatchObject({ status: 0 });
    expect(second.stderr).not.toContain('http-01');
    expect(await ca.orderCount()).toBe(2);
  });
});
