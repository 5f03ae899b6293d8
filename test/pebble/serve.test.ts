import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { childrenOf, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { serialOnWire, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { connectTls, echo, wireSerial } from '../support/tls-client.ts';
import { startTcp } from '../support/upstreams.ts';
import { appendFile, readFile, writeFile } from 'node:fs/promises';

const SOON = { timeout: 30_000, interval: 100 };

interface Listed {
  readonly names: string[];
  readonly status: string;
  readonly source: string;
  readonly current?: { readonly serial: string };
}

function listen(...listeners: string[]): string {
  return `listeners: [${listeners.join(', ')}]\nworkers: 2\n`;
}

function endpoint(host: string, upstreamPort: number): string {
  return `  - { host: ${host}, protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstreamPort}" }\n`;
}

describe('certctl serve beside a CA', () => {
  it('answers tls-alpn-01 on its ordinary TLS port, and serves what it gets', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using upstream = await startTcp();
    const config = await writeAcmeConfig(
      dir,
      ca,
      `${listen(`{ address: "127.0.0.1:${ca.tlsPort}" }`)}endpoints:\n${endpoint('app.example.com', upstream.port)}`,
    );
    await using daemon = await startDaemon(config);
    await expect
      .poll(() => daemon.json<Listed[]>('list'), SOON)
      .toMatchObject([{ names: ['app.example.com'], status: 'valid', source: 'endpoint' }]);
    const [listed] = await daemon.json<Listed[]>('list');
    const serial = await serialOnWire({ port: ca.tlsPort, servername: 'app.example.com' });
    expect(serial.toLowerCase()).toBe(listed?.current?.serial);

    const { stdout } = await daemon.run('export', 'app.example.com');
    await verifyChain(stdout, (await ca.roots()).join(''));
  });

  it('answers http-01 on its http listener, and shows the steps of an issue beside it', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(
      dir,
      ca,
      listen(`{ address: "127.0.0.1:${ca.httpPort}", protocol: http }`),
    );
    await using daemon = await startDaemon(config);
    const issued = await daemon.run('issue', 'new.example.com', '--challenge', 'http-01');
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(issued.stderr).toMatch(
      /order created[^]*answer for new.example.com is in place[^]*stored/,
    );
    const again = await daemon.run('renew', 'new.example.com');
    expect(again, again.stderr).toMatchObject({ status: 0 });
    expect(await ca.orderCount()).toBe(2);
  });

  it('goes on with the same order after the daemon was killed', async () => {
    await using ca = await Pebble.start({ validationSleep: true, reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(
      dir,
      ca,
      `${listen(`{ address: "127.0.0.1:${ca.httpPort}", protocol: http }`)}certificates:\n  - { names: [app.example.com], challenge: dns-01, dns: hook }\nlog: { level: debug }\n`,
    );
    {
      await using first = await startDaemon(config);
      await first.program.waitForLine(/answer for app.example.com is in place/);
      first.program.kill('SIGKILL');
      await first.program.exited;
    }
    await using second = await startDaemon(config);
    await expect
      .poll(() => second.json<Listed[]>('list'), SOON)
      .toMatchObject([{ names: ['app.example.com'], status: 'valid', source: 'file' }]);
    expect(await ca.orderCount()).toBe(1);
  });
});

describe('certctl serve', () => {
  it('applies a changed configuration on SIGHUP, refuses a bad one, and cuts no connection', async () => {
    await using dir = await openTempDir();
    await using upstream = await startTcp();
    const ports = [await freePort(), await freePort()];
    const config = dir.file('certctl.yaml');
    const base = `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\n`;
    const tls = (port: number | undefined): string => `{ address: "127.0.0.1:${port}" }`;
    await writeFile(
      config,
      `${base}${listen(tls(ports[0]))}endpoints:\n${endpoint('a.example.com', upstream.port)}`,
    );
    await using daemon = await startDaemon(config);
    const { rootPem: roots } = await daemon.json<{ rootPem: string }>('ca', 'export');
    await expect.poll(async () => (await daemon.run('list')).stdout, SOON).toContain('valid');
    const open = await connectTls({ port: ports[0] ?? 0, host: 'a.example.com', roots });
    await echo(open, 'before');

    await appendFile(config, 'endpoint: []\n');
    daemon.program.kill('SIGHUP');
    await daemon.program.waitForLine(/configuration refused.*endpoints/);
    await echo(open, 'after the bad one');

    const good = await readFile(config, 'utf8');
    await writeFile(
      config,
      `${good.replace('endpoint: []\n', '').replace(tls(ports[0]), `${tls(ports[0])}, ${tls(ports[1])}`)}${endpoint('b.example.com', upstream.port)}`,
    );
    daemon.program.kill('SIGHUP');
    await daemon.program.waitForLine(/configuration applied/);
    await expect
      .poll(
        () => wireSerial({ port: ports[1] ?? 0, host: 'b.example.com', roots }).catch(() => ''),
        SOON,
      )
      .toMatch(/^[0-9A-F]+$/);
    await echo(open, 'after the good one');
    open.destroy();
  });

  it('is alone on its data directory', async () => {
    await using dir = await openTempDir();
    const config = dir.file('certctl.yaml');
    await writeFile(config, `dataDir: ${dir.file('data')}\n${listen()}`);
    await using daemon = await startDaemon(config);
    const second = await daemon.run('serve');
    expect(second).toMatchObject({ status: 75 });
    expect(second.stderr).toContain('a daemon already serves');
  });

  it('refuses an address that another program listens on, and says so', async () => {
    await using dir = await openTempDir();
    await using other = await startTcp();
    const config = dir.file('certctl.yaml');
    await writeFile(
      config,
      `dataDir: ${dir.file('data')}\n${listen(`{ address: "127.0.0.1:${other.port}" }`)}`,
    );
    const { runCertctl } = await import('../support/certctl.ts');
    const refused = await runCertctl(['serve', '--config', config]);
    expect(refused).toMatchObject({ status: 75 });
    expect(refused.stderr).toContain(`127.0.0.1:${other.port}`);
  });

  it('stops on SIGTERM with its workers, and lets a connection finish', async () => {
    await using dir = await openTempDir();
    await using upstream = await startTcp();
    const port = await freePort();
    const config = dir.file('certctl.yaml');
    await writeFile(
      config,
      `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\n${listen(`{ address: "127.0.0.1:${port}" }`)}endpoints:\n${endpoint('a.example.com', upstream.port)}`,
    );
    await using daemon = await startDaemon(config);
    const { rootPem: roots } = await daemon.json<{ rootPem: string }>('ca', 'export');
    await expect.poll(async () => (await daemon.run('list')).stdout, SOON).toContain('valid');
    const open = await connectTls({ port, host: 'a.example.com', roots });
    await echo(open, 'before');
    const workers = await childrenOf(daemon.program.pid);
    expect(workers).toHaveLength(2);

    daemon.program.kill('SIGTERM');
    await expect
      .poll(() => wireSerial({ port, host: 'a.example.com', roots }).catch(() => 'refused'), SOON)
      .toBe('refused');
    await echo(open, 'while stopping');
    open.end();
    expect(await daemon.program.exited).toMatchObject({ status: 0 });
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
