import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '../../../test/support/dns-server.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import { parseName } from '../../core/names.ts';
import { type OpenResolver, openSystemResolver } from '../../dns/resolver.ts';
import type { Progress } from '../../observe/progress.ts';
import type { Challenge } from '../solver.ts';
import { createDnsPersist01Solver } from './solver.ts';

const { signal } = new AbortController();
const ACCOUNT = 'https://ca.example/acct/1';
const VALUE = `ca.example; accounturi=${ACCOUNT}`;
const TXT = { name: '_validation-persist.example.com', type: 'TXT', value: VALUE } as const;
const BASE = challengeFor('example.com');
const WILDCARD = challengeFor('*.example.com');

let recursor: DnsServer;
let first: DnsServer;
let second: DnsServer;
let routes: Map<string, string>;
let reports: Progress[];

beforeEach(async () => {
  [first, second] = [await startDnsServer([]), await startDnsServer([])];
  recursor = await startDnsServer([
    { name: 'example.com', type: 'SOA', value: '' },
    { name: 'example.com', type: 'NS', value: 'ns1.example.com' },
    { name: 'example.com', type: 'NS', value: 'ns2.example.com' },
    { name: 'ns1.example.com', type: 'A', value: '192.0.2.1' },
    { name: 'ns2.example.com', type: 'A', value: '192.0.2.2' },
  ]);
  routes = new Map([
    ['192.0.2.1', first.address],
    ['192.0.2.2', second.address],
  ]);
  reports = [];
});
afterEach(async () => {
  for (const server of [recursor, first, second]) await server[Symbol.asyncDispose]();
});

const openResolver: OpenResolver = (servers = [recursor.address]) =>
  openSystemResolver(servers.map((server) => routes.get(server) ?? server));

async function prove(challenges: readonly Challenge[], clock = createSteppingClock()) {
  const solver = createDnsPersist01Solver({ clock, openResolver });
  for (const challenge of challenges) await solver.present(challenge, signal);
  await solver.awaitVisible(challenges, (progress) => reports.push(progress), signal);
}

describe('with the record at every name server', () => {
  it('proves the name, and with the policy its wildcard too', async () => {
    const value = `${VALUE}; policy=wildcard`;
    for (const { records } of [first, second]) records.push({ ...TXT, value });
    await prove([BASE, WILDCARD]);
    expect(reports).toEqual(
      ['example.com', '*.example.com'].map((name) => ({
        step: 'challenge-visible',
        message: `_validation-persist.example.com lets this account prove ${name}`,
      })),
    );
  });

  it('reads one that is longer than 255 octets', async () => {
    const value = `${VALUE}; x-note=${'a'.repeat(300)}`;
    for (const { records } of [first, second]) records.push({ ...TXT, value });
    await expect(prove([BASE])).resolves.toBeUndefined();
  });
});

it('does not wait for a record that nobody has, and prints it', async () => {
  const clock = createSteppingClock();
  await expect(prove([WILDCARD], clock)).rejects.toMatchObject({
    code: 'challenge/not-ready',
    message: expect.stringMatching(
      /^cannot prove \*\.example\.com by dns-persist-01: .* has no TXT record, says ns1\.example\.com \(192\.0\.2\.1\)$/,
    ),
    mend: `Set what \`certctl dns persist '*.example.com'\` prints for this issuer: ${TXT.name} TXT "${VALUE}; policy=wildcard"`,
  });
  expect(clock.sleeps).toEqual([]);
});

it('waits for the servers that are to copy it, but not for ever', async () => {
  first.records.push(TXT);
  const clock = createSteppingClock();
  const sleep = async (milliseconds: number): Promise<void> => {
    if (clock.sleeps.length === 2) second.records.push(TXT);
    await clock.sleep(milliseconds);
  };
  await prove([BASE], { ...clock, sleep });
  expect(clock.sleeps).toEqual([3_000, 3_000, 3_000]);
  expect(reports.map(({ step }) => step)).toEqual(['waiting', 'challenge-visible']);

  second.records.length = 0;
  const patience = createSteppingClock();
  await expect(prove([BASE], patience)).rejects.toMatchObject({ code: 'challenge/not-ready' });
  expect(patience.sleeps).toHaveLength(20);
});

it('goes on without a server that is silent, with a warning, but not without all', async () => {
  first.records.push(TXT);
  routes.set('192.0.2.2', `127.0.0.1:${await freePort()}`);
  await prove([BASE]);
  expect(reports[0]).toMatchObject({
    step: 'warning',
    message: expect.stringMatching(/^ns2\.example\.com .*ECONNREFUSED/),
  });
  first.refuses = true;
  await expect(prove([BASE])).rejects.toMatchObject({
    code: 'challenge/not-ready',
    message: expect.stringContaining('does not answer'),
  });
});

it('asks the resolvers themselves where they know no name servers', async () => {
  const resolvers = [first.address];
  const solver = createDnsPersist01Solver({ clock: createSteppingClock(), resolvers });
  first.records.push(TXT);
  await expect(solver.awaitVisible([BASE], () => {}, signal)).resolves.toBeUndefined();
});

it('refuses an IP address', async () => {
  const challenge = { ...BASE, name: parseName('192.0.2.1') };
  await expect(prove([challenge])).rejects.toMatchObject({ code: 'name/address-needs-connection' });
});

function challengeFor(text: string): Challenge {
  return {
    type: 'dns-persist-01',
    name: parseName('example.com'),
    token: '',
    keyAuthorization: '',
    accountUrl: ACCOUNT,
    standing: { name: parseName(text), issuerDomainNames: ['ca.example'] },
  };
}
