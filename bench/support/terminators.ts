/**
 * The servers that are compared, each with the same certificate and cipher, one thread, and no log.
 *
 * @module
 */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:tls';
import { runCertctl } from '../../test/support/certctl.ts';
import { childrenOf } from '../../test/support/daemon.ts';
import { findDebianProgram, type PeerProgram } from '../../test/support/debian-program.ts';
import { freePort } from '../../test/support/free-port.ts';
import { type ProgramOptions, runProgram, startProgram } from '../../test/support/program.ts';
import { type Command, onServerCore } from './processes.ts';

/** `tcp`: terminated, then bytes; `https`: terminated, then HTTP. */
export type Mode = 'tcp' | 'https';

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly modes: readonly Mode[];
  readonly start: (mode: Mode, setting: Setting) => Promise<Terminator>;
}

export interface Setting {
  /** Empty, and the server's own. */
  readonly directory: string;
  readonly upstreamPort: number;
  /** What `certctl export --with-key` has written; absent for certctl, which makes it. */
  readonly certificates?: string;
}

export interface Terminator extends AsyncDisposable {
  readonly port: number;
  /** Those that handle connections. */
  readonly serving: readonly number[];
  /** Those that only look after them. */
  readonly control: readonly number[];
}

/** What is compared with, but is nobody's server. */
export const BARE = 'bare Node';
export const HOST = 'localhost';
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** certctl first: it makes the certificate that all have. */
export async function findPeers(): Promise<{
  readonly found: readonly Peer[];
  readonly missing: readonly string[];
}> {
  const found: Peer[] = [
    {
      name: 'certctl',
      version: (await runCertctl(['--version'])).stdout.trim(),
      modes: ['tcp', 'https'],
      start: startCertctlServe,
    },
    {
      name: BARE,
      version: `a script of a few lines, ${process.version}`,
      modes: ['tcp'],
      start: startBare,
    },
  ];
  const missing: string[] = [];
  for (const { name, also, askVersion, modes, start } of FOREIGN) {
    const program = await findDebianProgram(name, { also });
    if (typeof program === 'string') {
      missing.push(program);
      continue;
    }
    const asked = await runProgram(program.file, [askVersion], program.options);
    const [version = ''] = `${asked.stdout}${asked.stderr}`.trim().split('\n');
    found.push({ name, version, modes, start: (mode, setting) => start(program, mode, setting) });
  }
  return { found, missing };
}

/** `certctl export` of what it serves; other servers take these two files. */
export async function exportCertificate(configDirectory: string, into: string): Promise<void> {
  const config = join(configDirectory, 'certctl.yaml');
  const args = ['export', HOST, '--with-key', '--out', into, '--config', config];
  const { status, stderr } = await runCertctl(args);
  if (status !== 0) throw new Error(stderr);
  const [chain, key] = [join(into, 'chain.pem'), join(into, 'key.pem')];
  await writeFile(join(into, 'both.pem'), [await readFile(chain), await readFile(key)]);
}

async function startCertctlServe(mode: Mode, setting: Setting): Promise<Terminator> {
  const { directory, upstreamPort } = setting;
  const port = await freePort();
  const endpoint =
    mode === 'tcp'
      ? `protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstreamPort}"`
      : `protocol: https, upstream: "http://127.0.0.1:${upstreamPort}"`;
  const config = join(directory, 'certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${join(directory, 'data')}
defaults: { issuer: internal }
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints: [{ host: ${HOST}, ${endpoint} }]
workers: 1
log: { level: warn }
`,
  );
  const program = new URL('../../bin/certctl.js', import.meta.url).pathname;
  const started = await startServer(
    [process.execPath, program, 'serve', '--config', config],
    {},
    port,
  );
  return { ...started, serving: await childrenOf(started.pid), control: [started.pid] };
}

async function startBare(_mode: Mode, setting: Setting): Promise<Terminator> {
  const { upstreamPort, certificates = '' } = setting;
  const port = await freePort();
  const program = new URL('bare-terminator.ts', import.meta.url).pathname;
  const files = [join(certificates, 'chain.pem'), join(certificates, 'key.pem')];
  const options = [String(port), String(upstreamPort), ...files, CIPHERS];
  return single(await startServer([process.execPath, program, ...options], {}, port));
}

interface Foreign {
  readonly name: string;
  readonly also: readonly string[];
  readonly askVersion: string;
  readonly modes: readonly Mode[];
  readonly start: (program: PeerProgram, mode: Mode, setting: Setting) => Promise<Terminator>;
}

const FOREIGN: readonly Foreign[] = [
  {
    name: 'nginx',
    also: ['libnginx-mod-stream'],
    askVersion: '-v',
    modes: ['tcp', 'https'],
    start: async ({ file, options }, mode, { directory, upstreamPort, certificates = '' }) => {
      const port = await freePort();
      const tls = `ssl_certificate ${certificates}/chain.pem; ssl_certificate_key ${certificates}/key.pem;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Ciphersuites ${CIPHERS}; ssl_prefer_server_ciphers on;`;
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${join(directory, name)};`)
        .join(' ');
      const stream = join(dirname(file), '../lib/nginx/modules/ngx_stream_module.so');
      const content =
        mode === 'tcp'
          ? `stream { server { listen 127.0.0.1:${port} ssl; ${tls}
  proxy_pass 127.0.0.1:${upstreamPort}; } }`
          : `http { access_log off; ${places} keepalive_requests 1000000000;
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port} ssl http2; ${tls}
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_max_temp_file_size 0; } } }`;
      const config = join(directory, 'nginx.conf');
      await mkdir(join(directory, 'logs'));
      await writeFile(
        config,
        `daemon off; master_process off; pid ${join(directory, 'pid')}; error_log stderr crit;
${mode === 'tcp' ? `load_module ${stream};` : ''}
events { worker_connections 8192; }
${content}
`,
      );
      return single(
        await startServer([file, '-p', directory, '-c', config, '-e', 'stderr'], options, port),
      );
    },
  },
  {
    name: 'haproxy',
    also: [],
    askVersion: '-v',
    modes: ['tcp', 'https'],
    start: async ({ file, options }, mode, { directory, upstreamPort, certificates = '' }) => {
      const port = await freePort();
      const config = join(directory, 'haproxy.cfg');
      const isHttp = mode === 'https';
      await writeFile(
        config,
        `global
  nbthread 1
  maxconn 4096
  ssl-default-bind-ciphersuites ${CIPHERS}
defaults
  mode ${isHttp ? 'http' : 'tcp'}
  timeout connect 10s
  timeout client 1h
  timeout server 1h
frontend tls
  bind 127.0.0.1:${port} ssl crt ${certificates}/both.pem${isHttp ? ' alpn h2,http/1.1' : ''}
  ${isHttp ? 'option forwardfor' : ''}
  default_backend app
backend app
  ${isHttp ? 'http-reuse always' : ''}
  server app 127.0.0.1:${upstreamPort}
`,
      );
      return single(await startServer([file, '-db', '-f', config], options, port));
    },
  },
  {
    name: 'caddy',
    also: [],
    askVersion: 'version',
    modes: ['https'],
    start: async ({ file, options }, _mode, { directory, upstreamPort, certificates = '' }) => {
      const port = await freePort();
      const config = join(directory, 'Caddyfile');
      await writeFile(
        config,
        `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
https://${HOST}:${port} {
  tls ${certificates}/chain.pem ${certificates}/key.pem
  reverse_proxy 127.0.0.1:${upstreamPort}
}
`,
      );
      const env = { ...process.env, ...options.env, HOME: directory, GOMAXPROCS: '1' };
      const command: Command = [file, 'run', '--adapter', 'caddyfile', '--config', config];
      return single(await startServer(command, { env }, port));
    },
  },
];

type Started = AsyncDisposable & { readonly port: number; readonly pid: number };

function single(started: Started): Terminator {
  return { ...started, serving: [started.pid], control: [] };
}

/** Ready is who finishes a handshake. */
async function startServer(
  command: Command,
  options: ProgramOptions,
  port: number,
): Promise<Started> {
  const [file, ...args] = onServerCore(command);
  const program = await startProgram(file, args, options);
  let hasEnded = false;
  void program.exited.then(() => (hasEnded = true));
  const end = performance.now() + READY_MS;
  while (!(await canConnect(port))) {
    if (hasEnded || performance.now() > end) {
      await program.stop();
      throw new Error(`${file} does not serve:\n${program.output}`);
    }
    await wait(50);
  }
  return { port, pid: program.pid, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

const READY_MS = 30_000;

async function canConnect(port: number): Promise<boolean> {
  try {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: HOST,
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}
