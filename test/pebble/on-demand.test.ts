import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { startPermissionServer } from '../support/permission-server.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { type TlsTarget, connectTls, echo } from '../support/tls-client.ts';
import { startTcp } from '../support/upstreams.ts';

const SOON = { timeout: 30_000, interval: 100 };

interface Listed {
  readonly names: string[];
  readonly status: string;
  readonly source: string;
}

interface Explained {
  readonly decision: string;
  readonly because: string[];
}

/** One wildcard and one for every other name, behind one TLS port that the CA knows too. */
async function setUp(
  allows: (domain: string) => boolean,
  { more = '', challenge = 'tls-alpn-01' }: { more?: string; challenge?: string } = {},
) {
  const resources = new AsyncDisposableStack();
  const ca = resources.use(await Pebble.start({ reuseAuthorizations: 0 }));
  const dir = resources.use(await openTempDir());
  const upstream = resources.use(await startTcp());
  const permission = resources.use(await startPermissionServer(allows));
  const endpoint = (host: string): string =>
    `  - { host: "${host}", protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstream.port}", onDemand: { permission: "${permission.url}", refusedFor: 1s${more} } }\n`;
  const config = await writeAcmeConfig(
    dir,
    ca,
    `listeners: [{ address: "127.0.0.1:${ca.tlsPort}" }, { address: "127.0.0.1:${ca.httpPort}", protocol: http }]\nworkers: 2\nlimits: { unknownName: 100ms, handshake: 20s }\nendpoints:\n${endpoint('*.apps.example.com')}${endpoint('*')}`,
  );
  const text = await readFile(config, 'utf8');
  await writeFile(
    config,
    text.replace('issuer: pebble }', `issuer: pebble, challenge: ${challenge} }`),
  );
  const daemon = resources.use(await startDaemon(config));
  const roots = (await ca.roots()).join('');
  const target = (host: string) => ({ port: ca.tlsPort, host, roots });
  return {
    ca,
    permission,
    daemon,
    config,
    roots,
    target,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The serial number of what is served to a client that is served. */
async function serialOf(target: TlsTarget): Promise<string> {
  const socket = await connectTls(target);
  await echo(socket, 'hello');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** The serial number, or the alert of one that is refused. */
const alertOf = (target: TlsTarget): Promise<string> =>
  serialOf(target).catch((thrown: unknown) => String((thrown as { code?: unknown }).code));

const listed = (daemon: Daemon): Promise<Listed[]> => daemon.json<Listed[]>('list');

describe('certificates on demand beside a CA', () => {
  it('makes one for a new name while fifty clients wait for it', async () => {
    await using started = await setUp(() => true);
    const { ca, permission, daemon, roots, target } = started;
    const before = await daemon.json<Explained>('explain', 'new.apps.example.com');
    expect(before.decision).toBe('issue');
    expect(before.because.join('\n')).toMatch(/on demand: the first client.*allows it/);
    const asked = permission.asked.length;

    const serials = await Promise.all(
      Array.from({ length: 50 }, () => serialOf(target('other.apps.example.com'))),
    );
    expect(new Set(serials).size).toBe(1);
    expect(await ca.orderCount()).toBe(1);
    expect(permission.asked.slice(asked)).toEqual([
      { domain: 'other.apps.example.com', client: '127.0.0.1' },
    ]);
    const { stdout } = await daemon.run('export', 'other.apps.example.com');
    await verifyChain(stdout, roots);
    expect(await listed(daemon)).toMatchObject([
      { names: ['other.apps.example.com'], status: 'valid', source: 'on-demand' },
    ]);

    // A domain of a customer's own, by the endpoint for every other name.
    expect(await serialOf(target('shop.customer.example'))).not.toBe(serials[0]);
    expect(await ca.orderCount()).toBe(2);
  });

  it('proves the name by http-01 too while the client waits', async () => {
    await using started = await setUp(() => true, { challenge: 'http-01' });
    const { ca, target } = started;
    expect(await alertOf(target('new.apps.example.com'))).toMatch(/^[0-9A-F]+$/);
    expect(await ca.orderCount()).toBe(1);
  });

  it('goes on with what a killed process left behind', async () => {
    await using started = await setUp(() => true);
    const { ca, daemon, target, config } = started;
    const name = target('new.apps.example.com');
    const lost = alertOf(name);
    await expect.poll(() => ca.orderCount(), SOON).toBe(1);
    daemon.program.kill('SIGKILL');
    await daemon.program.exited;
    await lost;
    await using again = await startDaemon(config);
    await expect.poll(() => alertOf(name), SOON).toMatch(/^[0-9A-F]+$/);
    expect(await listed(again)).toMatchObject([{ source: 'on-demand', status: 'valid' }]);
    expect(await ca.orderCount()).toBe(1);
  });

  it('refuses by an alert what the permission refuses, and orders nothing', async () => {
    await using started = await setUp(() => false);
    const { ca, permission, daemon, target } = started;
    expect(await alertOf(target('new.apps.example.com'))).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(permission.asked).toHaveLength(1);
    for (const name of ['a.a.a.example.com', 'localhost', 'a.b.c.d.e.example.com']) {
      expect(await alertOf(target(name))).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    }
    expect(permission.asked).toHaveLength(1);
    expect(await ca.orderCount()).toBe(0);
    const { decision, because } = await daemon.json<Explained>('explain', 'new.apps.example.com');
    expect(decision).toBe('refuse');
    expect(because.join('\n')).toMatch(/on demand: refused.*refuses it/);
    expect(because).toContain('refused with the TLS alert unrecognized_name');
  });

  it('refuses while the permission is away, and soon asks again', async () => {
    await using started = await setUp(() => true);
    const { ca, permission, target } = started;
    await permission.stop();
    const name = target('new.apps.example.com');
    expect(await alertOf(name)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(await ca.orderCount()).toBe(0);
    await permission.start();
    await expect.poll(() => alertOf(name), SOON).toMatch(/^[0-9A-F]+$/);
    expect(await ca.orderCount()).toBe(1);
  });

  it('does not bring back what a person has removed', async () => {
    await using started = await setUp(() => true);
    const { ca, daemon, target } = started;
    const name = target('new.apps.example.com');
    expect(await alertOf(name)).toMatch(/^[0-9A-F]+$/);
    const removed = await daemon.run('remove', 'new.apps.example.com');
    expect(removed, removed.stderr).toMatchObject({ status: 0 });
    await expect.poll(() => alertOf(name), SOON).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(await ca.orderCount()).toBe(1);
    expect(await listed(daemon)).toEqual([]);
  });

  it('orders no more for names without end than the limit allows', async () => {
    const limit = { more: ', limit: { count: 3, per: 1h }' };
    await using started = await setUp(() => true, limit);
    const { ca, permission, daemon, target } = started;
    const names = Array.from({ length: 300 }, (_, index) => `n${index}.apps.example.com`);
    for (let at = 0; at < names.length; at += 10) {
      await Promise.all(names.slice(at, at + 10).map((name) => alertOf(target(name))));
    }
    expect(await ca.orderCount()).toBe(3);
    expect(await listed(daemon)).toHaveLength(3);
    expect(permission.asked.length).toBeLessThanOrEqual(20);
  });
});
