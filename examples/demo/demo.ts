/**
 * `npm run demo`: an internal CA, two upstreams, the terminator on 127.0.0.1:8443 and the dashboard
 * on 8444, in a folder of its own. With `--once` it checks itself by real TLS connections and ends.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Serve, certctl, startServe } from './certctl.ts';
import { connectTls, openRequest, say } from './client.ts';
import { configFor } from './config.ts';
import { startHttpUpstream, startTcpUpstream } from './upstreams.ts';

const RENEW_EVERY_MS = 30_000;
/** The last one is of the dashboard. */
const AWAITED = new Set(['app.localhost', '*.apps.localhost', 'localhost']);

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    port: { type: 'string', default: '8443' },
    'dashboard-port': { type: 'string', default: '8444' },
  },
});
const port = Number(values.port);
const dashboardPort = Number(values['dashboard-port']);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort());

try {
  await runDemo();
} catch (thrown) {
  if (!stopping.signal.aborted) {
    console.error(`demo: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    console.error(
      'demo: other ports can be chosen with: npm run demo -- --port 9443 --dashboard-port 9444',
    );
    process.exitCode = 1;
  }
}

async function runDemo(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await makeFolder();
  if (values.once) stack.defer(() => rm(folder, { recursive: true, force: true }));
  const http = stack.adopt(await startHttpUpstream(), (upstream) => upstream.close());
  const tcp = stack.adopt(await startTcpUpstream(), (upstream) => upstream.close());
  const file = join(folder, 'certctl.yaml');
  const ports = { port, dashboardPort, http: http.port, tcp: tcp.port };
  await writeFile(file, configFor({ folder, ...ports }));
  const serve = await startServe(folder, stopping.signal);
  stack.defer(() => serve.stop());
  await waitForCertificates(folder);
  const rootFile = join(folder, 'root.pem');
  await certctl(folder, ['ca', 'export', '--out', rootFile]);
  if (values.once) await checkOnce(folder, rootFile);
  else await watch(folder, rootFile, serve);
}

/** A person finds the folder again; two checks at once must not meet. */
async function makeFolder(): Promise<string> {
  if (values.once) return mkdtemp(join(tmpdir(), 'certctl-demo-'));
  const kept = join(import.meta.dirname, '..', '..', '.cache', 'demo');
  await mkdir(kept, { recursive: true, mode: 0o700 });
  return kept;
}

async function waitForCertificates(folder: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const listed = await certctl(folder, ['list', '--json']);
    const certificates = JSON.parse(listed) as { names: string[]; status: string }[];
    const valid = certificates.filter(({ status }) => status === 'valid');
    const names = new Set(valid.flatMap((certificate) => certificate.names));
    if (AWAITED.isSubsetOf(names)) break;
    if (Date.now() > deadline) throw new Error(`no certificates after 30 s:\n${listed}`);
    await sleep(200, undefined, { signal: stopping.signal });
  }
  say('issued by the internal CA: app.localhost and *.apps.localhost');
}

async function checkOnce(folder: string, rootFile: string): Promise<void> {
  for (const host of ['app.localhost', 'one.apps.localhost']) {
    const seen = await connectTls({ host, port, rootFile });
    say(
      `${host}: ${seen.protocol}, ALPN ${seen.alpn || 'none'}, ${seen.names}, serial ${seen.serial}`,
    );
    say(`${host}: upstream says: ${seen.answer}`);
  }
  const dashboard = await connectTls({ host: 'localhost', port: dashboardPort, rootFile });
  const [, title] = /<title>(.*)<\/title>/.exec(dashboard.answer) ?? [];
  if (title === undefined) throw new Error(`no dashboard: ${dashboard.answer}`);
  say(`dashboard: a page called ${title}`);
  const before = await connectTls({ host: 'app.localhost', port, rootFile });
  const open = await openRequest({ host: 'app.localhost', port, rootFile });
  await certctl(folder, ['renew', 'app.localhost']);
  const after = await connectTls({ host: 'app.localhost', port, rootFile });
  if (after.serial === before.serial) throw new Error('the renewed certificate is not served');
  say(`renewed app.localhost: serial ${before.serial} became ${after.serial}`);
  say(`the connection from before the renewal still answers: ${await open.finish()}`);
  say('all checks passed');
}

async function watch(folder: string, rootFile: string, serve: Serve): Promise<void> {
  const curl = (host: string): string =>
    `  curl --cacert ${rootFile} --resolve ${host}:${port}:127.0.0.1 https://${host}:${port}/`;
  say('try, in another terminal:');
  console.log(curl('app.localhost'));
  console.log(curl('one.apps.localhost'));
  console.log(`  npx certctl list --config ${join(folder, 'certctl.yaml')}`);
  console.log(`  npx certctl explain one.apps.localhost --config ${join(folder, 'certctl.yaml')}`);
  const create = ['token', 'create', 'demo', '--role', 'admin', '--expires', '1d', '--json'];
  const { secret } = JSON.parse(await certctl(folder, create)) as { secret: string };
  say(`the dashboard, with a certificate of ${rootFile}; sign in with the token`);
  console.log(`  https://localhost:${dashboardPort}/`);
  console.log(`  ${secret}`);
  say(`app.localhost is renewed every ${RENEW_EVERY_MS / 1000} s; Ctrl-C ends it`);
  for (;;) {
    const { serial } = await connectTls({ host: 'app.localhost', port, rootFile });
    say(`app.localhost is served with serial ${serial}`);
    await Promise.race([
      sleep(RENEW_EVERY_MS, undefined, { signal: stopping.signal }),
      serve.ended,
    ]);
    await certctl(folder, ['renew', 'app.localhost']);
  }
}
