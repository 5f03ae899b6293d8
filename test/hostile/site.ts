/**
 * What is attacked: `certctl serve` as users run it, with workers, in front of upstreams of our own.
 *
 * @module
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { childrenOf, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';
import { ADDRESS, type Target } from './attack.ts';
import { HELLO } from './honest-clients.ts';

export interface Site extends AsyncDisposable {
  readonly target: Target;
  readonly roots: string;
  workers(): Promise<number[]>;
  /** What the daemon and its workers wrote that is an error, or no log at all. */
  readonly errors: readonly string[];
}

export interface WorkerUse {
  readonly rssBytes: number;
  readonly descriptors: number;
}

export async function startSite(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await openTempDir());
  const stream = stack.use(await startTcp());
  const big = Buffer.alloc(BIG_BYTES, 'x');
  const web = stack.use(
    await startHttp((request, response) => {
      request.resume();
      response.setHeader('content-type', 'text/html');
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('content-security-policy', "frame-ancestors 'none'");
      if (request.url === '/big') response.end(big);
      else response.end(request.url === '/page' ? PAGE : HELLO);
    }),
  );
  const [tlsPort, httpPort, proxyPort] = [await freePort(), await freePort(), await freePort()];
  const target: Target = {
    tlsPort,
    httpPort,
    proxyPort,
    streamName: 'stream.example.com',
    webName: 'web.example.com',
  };
  const config = dir.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners:
  - { address: "${ADDRESS}:${tlsPort}" }
  - { address: "${ADDRESS}:${httpPort}", protocol: http }
  - { address: "${ADDRESS}:${proxyPort}", proxyProtocol: { from: [127.0.0.0/8] } }
endpoints:
  - { host: ${target.streamName}, protocol: tls, terminateTls: {}, upstream: "tcp://${ADDRESS}:${stream.port}" }
  - { host: ${target.webName}, protocol: https, hsts: { maxAge: 31536000 }, upstream: "http://${ADDRESS}:${web.port}" }
workers: 2
limits: { hello: 10s, handshake: 5s, requestHeaders: 3s, stall: 5s, idle: 15s, keepAlive: 5s }
`,
  );
  const daemon = stack.use(await startDaemon(config));
  const { rootPem: roots } = await daemon.json<{ rootPem: string }>('ca', 'export');
  await untilValid(async () => (await daemon.run('list')).stdout);
  const owned = stack.move();
  return {
    target,
    roots,
    workers: () => childrenOf(daemon.program.pid),
    get errors() {
      return daemon.program.output.split('\n').filter(isError);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Of a process of this machine; Linux only. */
export async function readUse(pid: number): Promise<WorkerUse> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? '0';
  const descriptors = await readdir(`/proc/${pid}/fd`);
  return { rssBytes: Number(kilobytes) * 1_024, descriptors: descriptors.length };
}

/** Says what protocol a browser got it by. */
const PAGE = `<!doctype html><p id="protocol"></p><script>
document.getElementById('protocol').textContent =
  'by ' + performance.getEntriesByType('navigation')[0].nextHopProtocol;
</script>`;
const BIG_BYTES = 64 * 1024 * 1024;
const VALID_TRIES = 100;
const VALID_PAUSE_MS = 200;

async function untilValid(list: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < VALID_TRIES; tries += 1) {
    const shown = await list();
    if ((shown.match(/\bvalid\b/g) ?? []).length >= 2) return;
    await wait(VALID_PAUSE_MS);
  }
  throw new Error('the certificates were not issued');
}

/** A stack trace is no JSON. */
function isError(line: string): boolean {
  if (line === '') return false;
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return !['debug', 'info', 'warn', 10, 20, 30, 40].includes(level as string);
  } catch {
    return true;
  }
}
