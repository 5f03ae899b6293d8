/**
 * `npm run demo`: an internal CA, two upstreams and the terminator on 127.0.0.1:8443, in a folder of
 * its own. With `--once` it checks itself by real TLS connections and ends.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { certctl, startServe } from './certctl.ts';
import { connectTls, openRequest, say } from './client.ts';
import { configFor } from './config.ts';
import { startHttpUpstream, startTcpUpstream } from './upstreams.ts';

const RENEW_EVERY_MS = 30_000;

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, port: { type: 'string', default: '8443' } },
});
const port = Number(values.port);

const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort()).on('SIGTERM', () => stopping.abort());

const folder = await makeFolder();
const http = await startHttpUpstream();
const tcp = await startTcpUpstream();
await writeFile(
  join(folder, 'certctl.yaml'),
  configFor({ folder, port, http: http.port, tcp: tcp.port }),
);
const serve = await startServe(folder, stopping.signal);
try {
  await waitForCertificates();
  const rootFile = join(folder, 'root.pem');
  await certctl(folder, ['ca', 'export', '--out', rootFile]);
  if (values.once) await checkOnce(rootFile);
  else await watch(rootFile);
} catch (thrown) {
  if (!stopping.signal.aborted) throw thrown;
} finally {
  await serve.stop();
  http.close();
  tcp.close();
  if (values.once) await rm(folder, { recursive: true, force: true });
}

/** A person finds the folder again; two checks at once must not meet. */
async function makeFolder(): Promise<string> {
  if (values.once) return mkdtemp(join(tmpdir(), 'certctl-demo-'));
  const kept = join(import.meta.dirname, '..', '..', '.cache', 'demo');
  await mkdir(kept, { recursive: true, mode: 0o700 });
  return kept;
}

async function waitForCertificates(): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const listed = await certctl(folder, ['list', '--json']);
    const certificates = JSON.parse(listed) as { names: string[]; status: string }[];
    if (certificates.length === 2 && certificates.every(({ status }) => status === 'valid')) break;
    if (Date.now() > deadline) throw new Error(`no certificates after 30 s:\n${listed}`);
    await sleep(200, undefined, { signal: stopping.signal });
  }
  say('issued by the internal CA: app.localhost and *.apps.localhost');
}

async function checkOnce(rootFile: string): Promise<void> {
  for (const host of ['app.localhost', 'one.apps.localhost']) {
    const seen = await connectTls({ host, port, rootFile });
    say(
      `${host}: ${seen.protocol}, ALPN ${seen.alpn || 'none'}, ${seen.names}, serial ${seen.serial}`,
    );
    say(`${host}: upstream says: ${seen.answer}`);
  }
  const before = await connectTls({ host: 'app.localhost', port, rootFile });
  const open = await openRequest({ host: 'app.localhost', port, rootFile });
  await certctl(folder, ['renew', 'app.localhost']);
  const after = await connectTls({ host: 'app.localhost', port, rootFile });
  if (after.serial === before.serial) throw new Error('the renewed certificate is not served');
  say(`renewed app.localhost: serial ${before.serial} became ${after.serial}`);
  say(`the connection from before the renewal still answers: ${await open.finish()}`);
  say('all checks passed');
}

async function watch(rootFile: string): Promise<void> {
  const curl = (host: string): string =>
    `  curl --cacert ${rootFile} --resolve ${host}:${port}:127.0.0.1 https://${host}:${port}/`;
  say('try, in another terminal:');
  console.log(curl('app.localhost'));
  console.log(curl('one.apps.localhost'));
  console.log(`  npx certctl list --config ${join(folder, 'certctl.yaml')}`);
  console.log(`  npx certctl explain one.apps.localhost --config ${join(folder, 'certctl.yaml')}`);
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
