/**
 * A certificate whose issue is stopped somewhere, and gone on with by a second process.
 *
 * @module
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { needsCredential } from '../../src/challenges/methods.ts';
import type { ChallengeType } from '../../src/core/certificate-spec.ts';
import { systemCode } from '../../src/core/errors.ts';
import { accountLabel } from '../../src/dns/account-label.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { IssuanceRecord, OrderRecord } from '../../src/store/records.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import {
  type CutWhen,
  type Endpoint,
  type FaultProxy,
  openFaultProxy,
} from '../support/fault-proxy.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import type { ProgramResult, RunningProgram } from '../support/program.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

export const KILLED = { status: null, signal: 'SIGKILL' } as const;
const WRITE_COUNTER = new URL('../support/kill-after-write.ts', import.meta.url).href;

export interface Scene extends AsyncDisposable {
  readonly ca: Pebble;
  readonly proxy: FaultProxy;
  /** Resolves when the CA has looked for every answer that it was told of. */
  untilJudged(): Promise<void>;
  /** What is left in DNS to prove control of the place's name. */
  proofsOf(place: Place): Promise<string[]>;
  /** A data directory and a configuration for one name, in `where` or on their own. */
  openPlace(where?: TempDir): Promise<Place>;
}

export interface Place extends AsyncDisposable {
  readonly name: string;
  readonly dataDir: string;
  readonly writesFile: string;
  issue(env?: NodeJS.ProcessEnv): Promise<ProgramResult>;
  start(): Promise<RunningProgram>;
  order(): Promise<OrderRecord | undefined>;
  /** Once the account is registered. */
  accountUrl(): Promise<string>;
  issuances(): Promise<IssuanceRecord[]>;
}

/** Environment of a program that is killed after its nth write; 0 only writes them down. */
export function killedAfter(nth: number, writesFile: string): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: `--import=${WRITE_COUNTER}`,
    KILL_AFTER_WRITE: String(nth),
    WRITES_FILE: writesFile,
  };
}

export async function openScene(challenge: ChallengeType): Promise<Scene> {
  await using resources = new AsyncDisposableStack();
  const ca = resources.use(
    await Pebble.start({
      reuseAuthorizations: 0,
      rejectNonces: 0,
      retryAfter: { authz: 0, order: 0 },
    }),
  );
  const proxy = resources.use(await openFaultProxy(ca));
  const { httpPort, tlsPort, dns, dnsAddress } = ca;
  const by = { ...proxyAddress(proxy), httpPort, tlsPort, dns, dnsAddress };
  const held = resources.move();
  let places = 0;
  return {
    ca,
    proxy,
    async openPlace(where) {
      places += 1;
      const name = `${challenge}-${places}.example.com`;
      const dir = where ?? (await openTempDir());
      const config = await writeAcmeConfig(dir, by);
      const path = dir.file('data/certctl.db');
      const options = [...optionsOf(challenge, ca), '--config', config];
      return {
        name,
        dataDir: dir.file('data'),
        writesFile: dir.file('writes'),
        issue: (env = {}) => runCertctl(['issue', name, ...options], { env }),
        start: () => startCertctl(['issue', name, ...options]),
        async order() {
          await using store = await openStore(path);
          return (await store.orders.unfinished())[0];
        },
        async accountUrl() {
          await using store = await openStore(path);
          const account = await store.accounts.find(proxy.directoryUrl);
          if (account?.url === undefined) throw new Error('no account is registered');
          return account.url;
        },
        async issuances() {
          await using store = await openStore(path);
          const [listed] = await store.certificates.list({ limit: 1 });
          return store.issuances.ofCertificate(listed?.certificate.id ?? '');
        },
        [Symbol.asyncDispose]: async () => {
          if (where === undefined) await dir[Symbol.asyncDispose]();
        },
      };
    },
    async proofsOf(place) {
      const label =
        challenge === 'dns-account-01' ? `${accountLabel(await place.accountUrl())}.` : '';
      const resolver = new Resolver();
      resolver.setServers([ca.dnsAddress]);
      try {
        return (await resolver.resolveTxt(`${label}_acme-challenge.${place.name}`)).flat();
      } catch (thrown) {
        if (systemCode(thrown) === 'ENODATA') return [];
        throw thrown;
      }
    },
    async untilJudged() {
      await expect.poll(() => areAllJudged(ca.log), { timeout: 10_000 }).toBe(true);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Kills an issue at its first request to `endpoint`; `act` comes right before. */
export async function killAt(
  { proxy }: Scene,
  place: Place,
  endpoint: Endpoint,
  when: CutWhen,
  act: () => unknown = () => undefined,
): Promise<ProgramResult> {
  const { promise: started, resolve: setStarted } = Promise.withResolvers<RunningProgram>();
  async function kill(): Promise<void> {
    await act();
    const program = await started;
    program.kill('SIGKILL');
    await program.exited;
  }
  let isOver = false;
  proxy.spoil((request) => {
    if (isOver || request.endpoint !== endpoint) return undefined;
    isOver = true;
    return { kind: 'cut', when, act: kill };
  });
  const program = await place.start();
  setStarted(program);
  return program.exited;
}

/**
 * Lets a second process finish what a killed one left, and fails unless it is the same order with
 * the same key.
 *
 * @param orders how many newOrder requests the CA is to have seen in all
 */
export async function expectGoesOn(scene: Scene, place: Place, orders = 1): Promise<void> {
  const before = await place.order();
  const issuedBefore = await place.issuances();
  const second = await place.issue();
  expect(second, second.stderr).toMatchObject({ status: 0 });

  const issuances = await place.issuances();
  expect(issuances).toHaveLength(1);
  if (before !== undefined) expect(issuances[0]?.keySecretId).toBe(before.keySecretId);
  if (issuedBefore.length > 0) expect(issuances).toEqual(issuedBefore);
  expect(await place.order()).toBeUndefined();
  const seen = scene.proxy.at('newOrder', place.name).filter(({ status }) => status !== undefined);
  expect(seen).toHaveLength(orders);
  await expect(scene.proofsOf(place)).resolves.toEqual([]);
  await verifyChain(issuances[0]?.chainPem ?? '', (await scene.ca.roots()).join(''));
}

/** The writes of an issue that nobody disturbs, e.g. `INSERT orders`. */
export async function listWrites(scene: Scene): Promise<string[]> {
  await using place = await scene.openPlace();
  const issued = await place.issue(killedAfter(0, place.writesFile));
  if (issued.status !== 0) throw new Error(`nothing was issued:\n${issued.stderr}`);
  return (await readFile(place.writesFile, 'utf8')).trimEnd().split('\n');
}

function areAllJudged(log: string): boolean {
  const judged = [...log.matchAll(/ set (?:IN)?VALID by /g)].length;
  return judged > 0 && judged === [...log.matchAll(/ POST \/chalZ\/ /g)].length;
}

function proxyAddress({ directoryUrl, caBundle }: FaultProxy) {
  return { directoryUrl, caBundle };
}

function optionsOf(challenge: ChallengeType, { httpPort, tlsPort }: Pebble): string[] {
  const by = ['--challenge', challenge];
  if (needsCredential(challenge)) return [...by, '--dns', 'hook'];
  const [option, port] =
    challenge === 'http-01' ? ['--http01-port', httpPort] : ['--tls-alpn01-port', tlsPort];
  return [...by, option, String(port)];
}

async function openStore(path: string) {
  const store = await openSqliteStore({ path });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
