import { describe, expect, it } from 'vitest';
import { SECOND_MS } from '../../src/core/clock.ts';
import { mapConcurrently } from '../../src/core/concurrency.ts';
import { attend } from '../../src/lifecycle/attend.ts';
import { openTestControl, type TestControl } from '../support/control.ts';
import {
  type Fault,
  type FaultProxy,
  type ProxiedExchange,
  openFaultProxy,
} from '../support/fault-proxy.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { seededFaults } from '../support/seeded-faults.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_122);
const SHARE = 0.2;
const AT_ONCE = 10;
const LONGEST_SLEEP_MS = 10;
/** Far more than a fifth of faults can bring about; a run that needs them all does not end. */
const MOST_ROUNDS = 200;

interface Run {
  readonly proxy: FaultProxy;
  readonly created: number;
  readonly rounds: number;
  readonly chains: readonly string[];
  readonly roots: string;
}

describe('a CA a fifth of whose answers are faults', () => {
  it(`gives 200 certificates in the end, by one order each (seed ${SEED})`, async () => {
    const names = Array.from({ length: 200 }, (_, index) => `n${index}.example.com`);
    const { proxy, created, rounds, chains, roots } = await issueAll(names, SEED);
    const requests = proxy.at('newOrder');
    const spoiled = requests.filter(isSpoiled);
    const lost = requests.filter(({ fault }) => fault?.kind === 'cut' && fault.when === 'after');
    const all = proxy.exchanges.length;
    const faults = proxy.exchanges.filter(({ fault }) => fault !== undefined).length;
    // Printed so that a failure can be repeated and judged.
    process.stdout.write(
      `seed ${SEED}: ${all} requests, ${faults} spoiled; ${requests.length} newOrder, ${spoiled.length} spoiled, ${created} orders, ${lost.length} of them lost; ${rounds} rounds\n`,
    );
    expect(faults / all).toBeGreaterThan(SHARE / 2);
    expect(proxy.exchanges.some(({ isNonceRefused }) => isNonceRefused)).toBe(true);
    expect(new Set(chains).size).toBe(names.length);
    expect(orderedTwice(proxy, names)).toEqual({});
    // What was lost is found in the list of orders.
    expect(requests.length - spoiled.length).toBe(names.length - lost.length);
    expect(created).toBe(names.length);
    await mapConcurrently(chains.slice(0, 20), 2, (chain) => verifyChain(chain, roots));
  });

  it('spoils the same requests again with the same seed', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `n${index}.example.com`);
    const first = faultsOf(await issueAll(names, SEED), names);
    expect(faultsOf(await issueAll(names, SEED), names)).toEqual(first);
    expect(faultsOf(await issueAll(names, SEED + 1), names)).not.toEqual(first);
  });
});

async function issueAll(names: readonly string[], seed: number): Promise<Run> {
  await using ca = await Pebble.start({
    rejectNonces: 0,
    reuseAuthorizations: 0,
    ordersPerPage: 50,
    retryAfter: { authz: 0, order: 0 },
  });
  await using dir = await openTempDir();
  await using proxy = await openFaultProxy(ca);
  const { httpPort, tlsPort, dnsAddress } = ca;
  const { directoryUrl, caBundle } = proxy;
  await using test = await openTestControl(
    dir.file('data'),
    { directoryUrl, caBundle, httpPort, tlsPort, dnsAddress },
    { longestSleepMs: LONGEST_SLEEP_MS },
  );
  proxy.spoil(seededFaults(seed, SHARE, () => test.now()));
  await mapConcurrently(names, AT_ONCE, async (name) => {
    // A failure is on record with its next attempt. The life is long, as this clock runs ahead.
    await test
      .issue([name], { challenges: ['http-01'], profile: 'default' })
      .catch(() => undefined);
  });
  const rounds = await attendUntilIssued(test);
  const chains = await mapConcurrently(names, 1, (name) => chainOf(test, name));
  return {
    proxy,
    created: await ca.orderCount(),
    rounds,
    chains,
    roots: (await ca.roots()).join(''),
  };
}

/** Goes from attempt to attempt until every certificate is there; what is there is left alone. */
async function attendUntilIssued(test: TestControl): Promise<number> {
  const { context, store } = test.control;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const listed = await store.certificates.list({ limit: 1_000 });
    const missing = listed.filter(({ issuance }) => issuance === undefined);
    if (missing.length === 0) return round;
    const instants = missing.map(({ certificate }) => certificate.nextActionAt?.getTime() ?? 0);
    test.advance(Math.max(0, Math.max(...instants) - test.now().getTime()) + SECOND_MS);
    await mapConcurrently(missing, AT_ONCE, async ({ certificate: { id } }) => {
      const options = { wish: 'none', patience: 'wait', report: () => undefined } as const;
      await attend(context, id, options, new AbortController().signal).catch(() => undefined);
    });
  }
  throw new Error(`certificates are missing after ${MOST_ROUNDS} rounds`);
}

async function chainOf({ control }: TestControl, name: string): Promise<string> {
  const { signal } = new AbortController();
  const exported = await control.operations.exportCertificate(
    { name, withKey: false },
    () => undefined,
    signal,
  );
  return exported.chainPem;
}

/** Neither a late answer nor a used nonce in it costs an order. */
function isSpoiled({ fault, isNonceRefused }: ProxiedExchange): boolean {
  return isNonceRefused || fault?.kind === 'answer' || fault?.kind === 'cut';
}

/** With all that was asked for them, as only this tells why. */
function orderedTwice(proxy: FaultProxy, names: readonly string[]): Record<string, string[]> {
  const histories = names.map((name) => {
    const own = proxy.exchanges.filter(({ subject }) => subject === name);
    const orders = own.filter((each) => each.endpoint === 'newOrder' && !isSpoiled(each));
    const history = own.map(
      ({ endpoint, nth, status, fault }) =>
        `${endpoint} ${nth}: ${status ?? 'unasked'}, ${describeFault(fault)}`,
    );
    return [name, orders.length, history] as const;
  });
  return Object.fromEntries(
    histories.flatMap(([name, orders, history]) => (orders > 1 ? [[name, history]] : [])),
  );
}

/** What was done to the requests whose number does not depend on how quick the CA is. */
function faultsOf({ proxy }: Run, names: readonly string[]): Record<string, string[]> {
  const kinds = (name: string): string[] =>
    (['newOrder', 'finalize', 'certificate'] as const).flatMap((endpoint) =>
      proxy
        .at(endpoint, name)
        .filter(({ isNonceRefused }) => !isNonceRefused)
        .map(({ nth, fault }) => `${endpoint} ${nth}: ${describeFault(fault)}`),
    );
  return Object.fromEntries(names.map((name) => [name, kinds(name)]));
}

/** Without what depends on the hour. */
function describeFault(fault: Fault | undefined): string {
  if (fault === undefined) return 'none';
  if (fault.kind === 'answer') return `status ${fault.status}`;
  return fault.kind === 'cut' ? `cut ${fault.when}` : fault.kind;
}
