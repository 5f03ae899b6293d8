import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '../../../test/support/dns-server.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { MINUTE_MS } from '../../core/clock.ts';
import { parseName } from '../../core/names.ts';
import { type DnsResolver, openSystemResolver } from '../../dns/resolver.ts';
import type { IssuerFacts } from '../../issuers/issuer.ts';
import { type Preflight, createPreflight } from './preflight.ts';

const { signal } = new AbortController();
const FACTS: IssuerFacts = {
  caaIdentities: ['ca.example'],
  accountUrl: 'https://ca.example/acct/1',
};

let dns: DnsServer;
let preflight: Preflight;
let warnings: string[];

beforeEach(async () => {
  dns = await startDnsServer([
    { name: 'app.example.com', type: 'A', value: '192.0.2.1' },
    { name: 'moved.example.com', type: 'A', value: '203.0.113.9' },
  ]);
  warnings = [];
  preflight = createPreflight({
    openResolver: openSystemResolver,
    settings: () => ({ resolvers: [dns.address], publicAddresses: ['192.0.2.1'] }),
    interfaceAddresses: () => ['127.0.0.1'],
    clock: createSteppingClock(),
  });
});
afterEach(() => dns[Symbol.asyncDispose]());

function plan(names: string[], ...challenges: ChallengeType[]) {
  return { names: names.map(parseName), challenges };
}

function check(names: string[], facts = FACTS) {
  const report = ({ message }: { message: string }) => void warnings.push(message);
  return preflight.beforeOrder(plan(names, 'http-01', 'dns-01'), facts, report, signal);
}

describe('beforeOrder', () => {
  it('lets pass what nothing forbids, and asks for each name once', async () => {
    await check(['app.example.com', '*.app.example.com', '192.0.2.1']);
    expect(warnings).toEqual([]);
    expect(dns.questions.filter((asked) => asked === 'app.example.com CAA')).toHaveLength(1);
  });

  it('refuses what CAA forbids for one of the names', async () => {
    dns.records.push({ name: 'app.example.com', type: 'CAA', value: '0 issuewild ;' });
    await check(['app.example.com']);
    const error = { code: 'preflight/caa', message: expect.stringContaining('*.app.example.com') };
    await expect(check(['app.example.com', '*.app.example.com'])).rejects.toMatchObject(error);
  });

  it('goes on without an answer, and says so', async () => {
    dns.failing.add('app.example.com');
    await check(['app.example.com']);
    expect(warnings).toEqual([expect.stringMatching(/CAA records of app.example.com cannot be/)]);
  });

  it('does not wait for a silent resolver more than once', async () => {
    let questions = 0;
    const silence = (): Promise<never> => {
      questions += 1;
      return new Promise((_, reject) => hanging.push(reject));
    };
    const hanging: ((reason: Error) => void)[] = [];
    const silent = {
      resolveCaa: silence,
      resolveCname: silence,
      cancel: () => hanging.splice(0).forEach((reject) => reject(new Error('cancelled'))),
    } as unknown as DnsResolver;
    preflight = createPreflight({
      openResolver: () => silent,
      settings: () => ({ publicAddresses: [] }),
      interfaceAddresses: () => [],
      clock: createSteppingClock(),
    });
    await check(['app.example.com']);
    expect(questions).toBe(3);
    await check(['app.example.com']);
    expect(questions).toBe(3);
  });

  it('warns of a clock that is far off', async () => {
    await check(['app.example.com'], { ...FACTS, clockAheadMs: -4 * MINUTE_MS });
    expect(warnings).toEqual([]);
    await check(['app.example.com'], { ...FACTS, clockAheadMs: -7 * MINUTE_MS });
    expect(warnings).toEqual(['the clock of this machine is 7 minutes ahead of that of the CA']);
  });
});

describe('findStrays', () => {
  const find = (names: string[], ...challenges: ChallengeType[]) =>
    preflight.findStrays(plan(names, ...challenges), signal);

  it('finds the names that surely lead elsewhere', async () => {
    dns.failing.add('broken.example.com');
    const names = ['app', 'broken', 'gone', 'moved'].map((label) => `${label}.example.com`);
    expect(await find([...names, '203.0.113.9'], 'http-01', 'tls-alpn-01')).toEqual([
      { name: 'gone.example.com', message: 'has no address' },
      { name: 'moved.example.com', message: 'leads to 203.0.113.9' },
    ]);
  });

  it('does not mind where a name leads that DNS can prove', async () => {
    expect(await find(['moved.example.com'], 'http-01', 'dns-01')).toEqual([]);
    expect(await find(['*.moved.example.com'], 'dns-01')).toEqual([]);
  });
});
