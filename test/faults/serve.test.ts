import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { ChallengeType } from '../../src/core/certificate-spec.ts';
import type { CertificateWithIssuance } from '../../src/store/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { startCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { type CutWhen, type Endpoint, openFaultProxy } from '../support/fault-proxy.ts';
import { serialOnWire, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { startTcp } from '../support/upstreams.ts';
import { KILLED, killedAfter } from './crash.ts';

const SOON = { timeout: 30_000, interval: 100 };

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const ca = resources.use(
  await Pebble.start({
    reuseAuthorizations: 0,
    rejectNonces: 0,
    retryAfter: { authz: 0, order: 0 },
  }),
);
const proxy = resources.use(await openFaultProxy(ca));
const upstream = resources.use(await startTcp());
let hosts = 0;
const writes = await listWrites();

describe('certctl serve that is killed', () => {
  it.each(writes.map((write, index) => [index + 1, write] as const))(
    'after write %i (%s) serves what the same order and key bring',
    async (nth) => {
      await using place = await openPlace('http-01');
      await using first = await place.start(nth);
      expect(await first.exited).toMatchObject(KILLED);
      await expectGoesOn(place);
    },
  );

  it.each<[ChallengeType, Endpoint, CutWhen]>([
    ['tls-alpn-01', 'challenge', 'before'],
    ['tls-alpn-01', 'finalize', 'after'],
    ['dns-01', 'challenge', 'after'],
    ['dns-01', 'certificate', 'before'],
  ])('under %s at the request to %s, %s it, does so, too', async (challenge, endpoint, when) => {
    await using place = await openPlace(challenge);
    const { promise: isKilled, resolve: setKilled } = Promise.withResolvers<void>();
    await using first = await place.start(0);
    proxy.spoil((request) => {
      if (request.endpoint !== endpoint) return undefined;
      proxy.spoil(() => undefined);
      const act = async (): Promise<void> => {
        first.kill('SIGKILL');
        await first.exited;
        setKilled();
      };
      return { kind: 'cut', when, act };
    });
    await isKilled;
    await expectGoesOn(place);
  });
});

type Place = Awaited<ReturnType<typeof openPlace>>;

async function openPlace(challenge: ChallengeType) {
  hosts += 1;
  const host = `host-${hosts}.example.com`;
  const dir = await openTempDir();
  const by = challenge === 'dns-01' ? ', dns: hook' : '';
  const config = await writeAcmeConfig(
    dir,
    {
      directoryUrl: proxy.directoryUrl,
      caBundle: proxy.caBundle,
      dns: ca.dns,
      dnsAddress: ca.dnsAddress,
    },
    `listeners:
  - { address: "127.0.0.1:${ca.tlsPort}" }
  - { address: "127.0.0.1:${ca.httpPort}", protocol: http }
workers: 1
certificates:
  - { names: [${host}], challenge: ${challenge}${by} }
endpoints:
  - { host: ${host}, protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstream.port}" }
`,
  );
  const path = dir.file('data/certctl.db');
  const writesFile = dir.file('writes');
  const find = () => findCertificate(path);
  return {
    host,
    config,
    find,
    start: (nth: number) =>
      startCertctl(['serve', '--config', config], { env: killedAfter(nth, writesFile) }),
    writes: async () => (await readFile(writesFile, 'utf8')).trimEnd().split('\n'),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function expectGoesOn({ host, config, find }: Place): Promise<void> {
  const { unfinished } = await find();
  await using daemon = await startDaemon(config);
  const serial = await expectServed(host);
  const { found, issuances } = await find();
  expect(issuances).toHaveLength(1);
  expect(found?.issuance?.serial).toBe(serial.toLowerCase());
  expect([undefined, found?.issuance?.keySecretId]).toContain(unfinished?.keySecretId);
  expect(proxy.at('newOrder', host)).toHaveLength(1);
  const { stdout } = await daemon.run('export', host);
  await verifyChain(stdout, (await ca.roots()).join(''));
}

async function expectServed(servername: string): Promise<string> {
  const ask = () => serialOnWire({ port: ca.tlsPort, servername }).catch(() => '');
  await expect.poll(ask, SOON).toMatch(/^[0-9A-F]+$/);
  return ask();
}

/** The writes of a daemon that nobody disturbs, until it has nothing left to do. */
async function listWrites(): Promise<string[]> {
  await using place = await openPlace('http-01');
  await using daemon = await place.start(0);
  await daemon.waitForLine(/"msg":"ready"/, 30_000);
  const isDone = async (): Promise<boolean> => {
    const { renewal, nextActionAt } = (await place.find()).found?.certificate ?? {};
    return (
      renewal?.checkAt !== undefined && nextActionAt !== undefined && nextActionAt > new Date()
    );
  };
  await vi.waitUntil(isDone, SOON);
  return place.writes();
}

async function findCertificate(path: string) {
  const store = await openSqliteStore({ path });
  try {
    const [found]: (CertificateWithIssuance | undefined)[] = await store.certificates.list({
      limit: 1,
    });
    const issuances = await store.issuances.ofCertificate(found?.certificate.id ?? '');
    const [unfinished] = await store.orders.unfinished();
    return { found, issuances, unfinished };
  } finally {
    await store.close();
  }
}
