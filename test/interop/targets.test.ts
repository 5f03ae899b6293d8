/**
 * HAProxy and nginx serving what their targets bring to them, while others ask them all the time.
 *
 * @module
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { findDebianProgram, type PeerProgram } from '../support/debian-program.ts';
import { freePorts } from '../support/free-port.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { connectTls, type TlsTarget, wireSerial } from '../support/tls-client.ts';

const RENEWALS = 5;
const LOAD_SECONDS = 12;

interface Shown {
  readonly current: { readonly serial: string };
  readonly deployments: readonly {
    readonly target: string;
    readonly state: string;
    readonly failure?: { readonly error: { readonly code: string; readonly message: string } };
  }[];
}

describe('targets under load', () => {
  it('HAProxy has each renewed certificate without a failed handshake', async () => {
    await using dir = await openTempDir();
    const haproxy = await program('haproxy');
    const [port = 0] = await freePorts(1);
    const file = dir.file('app.pem');
    const socket = dir.file('admin.sock');
    const proxyConfig = dir.file('haproxy.cfg');
    await writeFile(
      proxyConfig,
      `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${file}
  http-request return status 200 content-type text/plain string ok
`,
    );
    await using daemon = await startWith(
      dir.path,
      `
  proxy: { type: haproxy, socket: ${socket}, certificate: ${file}, file: ${file} }`,
    );
    // Nobody is there yet: that is shown, and HAProxy finds the file to start from.
    await expect
      .poll(() => failureOf(daemon), { timeout: 20_000 })
      .toMatchObject({ code: 'target/unavailable' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await using running = await startProgram(
      haproxy.file,
      ['-db', '-f', proxyConfig],
      haproxy.options,
    );
    await renewUnderLoad(daemon, port);
    expect(running.output).not.toMatch(/SSL handshake failure/);
  });

  it('nginx has each renewed certificate without a failed handshake', async () => {
    await using dir = await openTempDir();
    const nginx = await program('nginx');
    const [port = 0] = await freePorts(1);
    const [certificate, key] = [dir.file('app.crt'), dir.file('app.key')];
    const config = dir.file('nginx.conf');
    await mkdir(dir.file('tmp'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `  ${kind}_temp_path ${dir.file('tmp')}/${kind};`,
    );
    await writeFile(
      config,
      `daemon off;
pid ${dir.file('nginx.pid')};
error_log stderr;
worker_processes 2;
events {}
http {
${temporary.join('\n')}
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / { return 200 ok; }
  }
}
`,
    );
    const libraries = `LD_LIBRARY_PATH=${nginx.options.env?.['LD_LIBRARY_PATH'] ?? ''}`;
    const command = ['/usr/bin/env', libraries, nginx.file, '-p', dir.path, '-c', config];
    await using daemon = await startWith(
      dir.path,
      `
  web:
    type: nginx
    certificate: ${certificate}
    key: ${key}
    test: ${JSON.stringify([...command, '-t'])}
    reload: ${JSON.stringify([...command, '-s', 'reload'])}`,
    );
    await expect
      .poll(() => failureOf(daemon), { timeout: 20_000 })
      .toMatchObject({ code: 'target/failed' });
    await using running = await startProgram(nginx.file, command.slice(3), nginx.options);
    await renewUnderLoad(daemon, port);
    expect(running.output).not.toMatch(/\[(?:alert|emerg|crit)\]/);

    // A configuration that nginx would not start with keeps the files that it has.
    const before = await readFile(certificate, 'utf8');
    await writeFile(config, `${await readFile(config, 'utf8')}nonsense;\n`);
    const refused = await daemon.run('renew', 'app.example.com');
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(
      /target web failed: .*-t failed with status 1: .*\[emerg\].* unknown directive "nonsense" in /,
    );
    expect(await failureOf(daemon)).toMatchObject({ code: 'target/failed' });
    expect(await readFile(certificate, 'utf8')).toBe(before);
  });
});

async function startWith(folder: string, targets: string): Promise<Daemon> {
  const config = `${folder}/certctl.yaml`;
  await writeFile(
    config,
    `dataDir: ${folder}/data
defaults: { issuer: internal }
listeners: []
workers: 1
targets:${targets}
certificates:
  - names: [app.example.com]
    targets: [${targets.includes('haproxy') ? 'proxy' : 'web'}]
`,
  );
  return startDaemon(config);
}

/** Renews while wrk and a client that verifies the chain connect anew all the time. */
async function renewUnderLoad(daemon: Daemon, port: number): Promise<void> {
  const { rootPem } = await daemon.json<{ rootPem: string }>('ca', 'export');
  const server: TlsTarget = { port, host: 'app.example.com', roots: rootPem };
  await expect.poll(() => wireSerial(server).catch(() => ''), { timeout: 20_000 }).not.toBe('');
  const deployed = await daemon.run('deploy', 'app.example.com');
  expect(deployed.stderr).toBe('');
  expect(deployed.status).toBe(0);

  const wrk = await program('wrk');
  const load = runProgram(
    wrk.file,
    [
      '-t1',
      '-c4',
      `-d${LOAD_SECONDS}s`,
      '-HConnection: close',
      '-HHost: app.example.com',
      `https://127.0.0.1:${port}/`,
    ],
    { ...wrk.options, timeoutMs: 60_000 },
  );
  const stopping = new AbortController();
  const failures: unknown[] = [];
  let handshakes = 0;
  const client = (async () => {
    while (!stopping.signal.aborted) {
      try {
        (await connectTls(server)).destroy();
        handshakes += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  })();
  for (let renewal = 0; renewal < RENEWALS; renewal += 1) {
    const [renewed] = await daemon.json<[{ certificate: Shown }]>('renew', 'app.example.com');
    const { serial } = renewed.certificate.current;
    await expect
      .poll(async () => (await wireSerial(server)).toLowerCase(), { timeout: 10_000 })
      .toBe(serial);
  }
  const { stdout } = await load;
  stopping.abort();
  await client;
  expect(failures).toEqual([]);
  expect(handshakes).toBeGreaterThan(RENEWALS);
  expect(Number(/(\d+) requests in/.exec(stdout)?.[1])).toBeGreaterThan(100);
  expect(stdout).not.toMatch(/Socket errors|Non-2xx/);
  const shown = await daemon.json<Shown>('show', 'app.example.com');
  expect(shown.deployments).toMatchObject([{ state: 'deployed' }]);
}

async function failureOf(daemon: Daemon) {
  const result = await daemon.run('show', 'app.example.com', '--json');
  if (result.status !== 0) return undefined;
  return (JSON.parse(result.stdout) as Partial<Shown>).deployments?.[0]?.failure?.error;
}

async function program(name: string): Promise<PeerProgram> {
  const found = await findDebianProgram(name);
  if (typeof found === 'string') throw new Error(found);
  return found;
}
