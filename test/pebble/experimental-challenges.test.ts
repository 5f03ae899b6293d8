/**
 * dns-account-01 and dns-persist-01, in front of a CA that offers both.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { PersistRecord } from '../../src/api/operations.ts';
import type { Finding } from '../../src/lifecycle/preflight/finding.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAMES = ['example.com', '*.example.com'];

async function openPlace(more = '') {
  await using resources = new AsyncDisposableStack();
  const ca = resources.use(await Pebble.start({ reuseAuthorizations: 0 }));
  const dir = resources.use(await openTempDir());
  const config = await writeAcmeConfig(dir, ca, more);
  const held = resources.move();
  const run = (...args: string[]) => runCertctl([...args, '--config', config]);
  return {
    ca,
    config,
    run,
    async persist(...args: string[]): Promise<PersistRecord> {
      const found = await run('dns', 'persist', ...args, '--json');
      expect(found, found.stderr).toMatchObject({ status: 0 });
      return JSON.parse(found.stdout) as PersistRecord;
    },
    async verify(name: string): Promise<void> {
      const exported = await run('export', name);
      await verifyChain(exported.stdout, (await ca.roots()).join(''));
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

describe('dns-account-01', () => {
  it('proves a name, and a wildcard with its base name, beside each other', async () => {
    await using place = await openPlace();
    const by = ['--challenge', 'dns-account-01', '--dns', 'hook'];
    for (const names of [['app.example.com'], NAMES]) {
      const issued = await place.run('issue', ...names, ...by);
      expect(issued, issued.stderr).toMatchObject({ status: 0 });
      expect(
        issued.stderr.match(/dns-account-01 is experimental: it follows draft-/g),
      ).toHaveLength(1);
      expect(issued.stderr).toContain(`the CA confirmed ${names.at(-1)} by dns-account-01`);
      await place.verify(names[0] ?? '');
    }
  });
});

describe('dns-persist-01', () => {
  it('proves what the record allows, once and again, and writes nothing', async () => {
    await using place = await openPlace();
    const by = ['--challenge', 'dns-persist-01'];
    const nobody = await place.run('dns', 'persist', 'example.com');
    expect(nobody).toMatchObject({ status: 65 });
    expect(nobody.stderr).toContain('certctl account register --issuer pebble');

    await place.run('account', 'register');
    const { record, state } = await place.persist('example.com');
    expect(record).toMatchObject({ name: '_validation-persist.example.com', type: 'TXT' });
    expect(record.value).toMatch(/^pebble\.letsencrypt\.org; accounturi=https:\/\/localhost:\d+\//);
    expect(state).toBe('missing');
    const early = await place.run('issue', 'example.com', ...by);
    expect(early).toMatchObject({ status: 69 });
    expect(early.stderr).toContain(`${record.name} TXT "${record.value}"`);

    await place.ca.dns.setTxt(record.name, record.value);
    const issued = await place.run('issue', 'example.com', ...by);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(issued.stderr.match(/dns-persist-01 is experimental/g)).toHaveLength(1);
    await place.verify('example.com');
    const renewed = await place.run('renew', 'example.com');
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    expect(await place.ca.orderCount()).toBe(2);

    const narrow = await place.run('issue', ...NAMES, ...by);
    expect(narrow).toMatchObject({ status: 69 });
    expect(narrow.stderr).toContain('it lacks policy=wildcard');
    const until = ['--until', '2999-12-31'];
    const wide = await place.persist('example.com', '--wildcard', ...until);
    expect(wide.record.value).toMatch(/; policy=wildcard; persistUntil=32503679999$/);
    await place.ca.dns.setTxt(wide.record.name, wide.record.value);
    const both = await place.run('issue', ...NAMES, ...by);
    expect(both, both.stderr).toMatchObject({ status: 0 });
    await place.verify('*.example.com');
    await expect(place.persist('*.example.com')).resolves.toMatchObject({
      state: 'set',
      message: 'all servers have it, good until 2999-12-31T23:59:59.000Z',
    });
  });

  it('is checked by the doctor, and printed by the daemon', async () => {
    const port = await freePort();
    await using place = await openPlace(
      `listeners: [{ address: "127.0.0.1:${port}", protocol: http }]\nworkers: 1\n` +
        'certificates: [{ names: ["*.example.com"], challenge: dns-persist-01 }]\n',
    );
    await place.run('account', 'register');
    const doctor = async (): Promise<Finding | undefined> => {
      const { stdout } = await place.run('doctor', '*.example.com', '--json');
      const findings = JSON.parse(stdout) as Finding[];
      return findings.find(({ check }) => check === 'persist-record');
    };
    const missing = await doctor();
    expect(missing).toMatchObject({ verdict: 'failure', kind: 'input' });
    await using daemon = await startDaemon(place.config);
    const { record } = await daemon.json<PersistRecord>('dns', 'persist', '*.example.com');
    expect(missing?.mend).toContain(record.value);
    await place.ca.dns.setTxt(record.name, record.value);
    expect(await doctor()).toMatchObject({ verdict: 'ok' });
    const issued = await daemon.run('renew', '*.example.com');
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
  });
});

describe('certctl dns persist', () => {
  it.each([
    ['no such day', ['example.com', '--until', '2031-02-29'], 64, 'such as 2030-12-31'],
    ['no date', ['example.com', '--until', 'tomorrow'], 64, 'such as 2030-12-31'],
    ['a time that is over', ['example.com', '--until', '2020-01-01'], 65, 'is over already'],
    ['an address', ['192.0.2.1'], 65, 'cannot prove 192.0.2.1 by DNS'],
    ['no name', ['not_a_name'], 65, 'has an underscore'],
    [
      'an issuer without accounts',
      ['example.com', '--issuer', 'internal'],
      65,
      'asks for no proof',
    ],
    ['an unknown issuer', ['example.com', '--issuer', 'intern'], 78, 'no issuer "intern"'],
  ])('refuses %s', async (_, args, status, message) => {
    await using dir = await openTempDir();
    const refused = await runCertctl(['dns', 'persist', ...args, '--data-dir', dir.file('data')]);
    expect(refused).toMatchObject({ status, stdout: '' });
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).toContain('mend: ');
  });
});

describe.each([
  ['dns-persist-01', 'example.com', { value: 'issue', methods: 'dns-01,http-01' }, 65],
  ['dns-persist-01', '*.example.com', { value: 'issuewild', methods: 'dns-persist-01' }, 0],
  ['dns-account-01', 'example.com', { value: 'issue', methods: 'dns-account-01' }, 0],
  ['dns-account-01', '*.example.com', { value: 'issuewild', methods: 'dns-persist-01' }, 65],
])('%s for %s before CAA records', (challenge, name, { value: tag, methods }, status) => {
  it(`that allow ${methods} exits with ${status}`, async () => {
    await using place = await openPlace();
    await place.run('account', 'register');
    const { record } = await place.persist(name);
    await place.ca.dns.setTxt(record.name, record.value);
    const value = `pebble.letsencrypt.org; validationmethods=${methods}`;
    await place.ca.dns.setCaa('example.com', [{ tag, value }]);
    const issued = await place.run('issue', name, '--challenge', challenge, '--dns', 'hook');
    expect(issued, issued.stderr).toMatchObject({ status });
  });
});
