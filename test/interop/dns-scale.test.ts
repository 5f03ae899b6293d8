/**
 * The name servers of a zone as they are found by its delegation, and many orders in one zone.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { createChallengeRecords } from '../../src/dns/challenge-records.ts';
import type { DnsCredential } from '../../src/dns/provider.ts';
import { openSystemResolver, type OpenResolver } from '../../src/dns/resolver.ts';
import { settingsSchema } from '../../src/dns/rfc2136/metadata.ts';
import { createRfc2136Provider } from '../../src/dns/rfc2136/provider.ts';
import { createWriteQueue } from '../../src/dns/write-queue.ts';
import type { Progress } from '../../src/observe/progress.ts';
import {
  type BindServer,
  startBind,
  startBindRecursor,
  startBindSecondary,
} from '../support/bind-server.ts';

const { signal } = new AbortController();
const ORDERS = 500;

let bind: BindServer;
let secondary: Awaited<ReturnType<typeof startBindSecondary>>;
let recursor: Awaited<ReturnType<typeof startBindRecursor>>;
let credential: DnsCredential;

beforeAll(async () => {
  const zones = ['example.com'];
  const records = [
    '@ IN NS ns1',
    '@ IN NS ns2',
    'ns1 IN A 192.0.2.1',
    'ns2 IN AAAA 2001:db8::2',
    // Whose only address is not reachable from here.
    '@ IN NS ns3',
    'ns3 IN A 192.0.2.3',
  ];
  bind = await startBind({ zones, records });
  secondary = await startBindSecondary({ primary: bind, zones, lagSeconds: 3 });
  // That there is nothing of `invalid` is not to be learned from root servers, after ten seconds.
  recursor = await startBindRecursor({ 'example.com': bind.port, invalid: bind.port });
  const settings = settingsSchema.parse({
    server: bind.address,
    keyName: bind.key.name,
    keySecret: bind.key.secret,
  });
  credential = {
    name: 'main',
    provider: createWriteQueue(
      createRfc2136Provider(settings, { clock: systemClock }),
      systemClock,
    ),
    propagation: { timeoutMs: 60_000, extraWaitMs: 0, check: true },
  };
});
afterAll(async () => {
  for (const server of [recursor, secondary, bind]) await server[Symbol.asyncDispose]();
});

/** In place of the network between here and the addresses in the zone. */
const openResolver: OpenResolver = (servers = [recursor.address]) => {
  const routes: Record<string, string> = {
    '192.0.2.1': bind.address,
    '[2001:db8::2]': secondary.address,
    '192.0.2.3': '127.0.0.1:9',
  };
  return openSystemResolver(servers.map((address) => routes[address] ?? address));
};

describe('challenge records in one zone', () => {
  it('are awaited at every name server, over IPv4 and IPv6', async () => {
    const reports: Progress[] = [];
    const seen: string[] = [];
    const records = createChallengeRecords({ credential, clock: systemClock, openResolver });
    const record = recordOf('app', 'one');
    await records.add(record, signal);
    await records.awaitVisible(
      [record],
      (progress) => reports.push(progress),
      signal,
      ({ server }) => seen.push(server),
    );
    expect(await secondary.txtValues(record.name)).toEqual(['one']);
    expect(seen.toSorted()).toEqual([
      'ns1.example.com (192.0.2.1)',
      'ns2.example.com (2001:db8::2)',
    ]);
    const warnings = reports.filter(({ step }) => step === 'warning');
    expect(warnings.map(({ message }) => message).toSorted()).toEqual([
      'ns.invalid cannot be looked up (ESERVFAIL)',
      expect.stringContaining('ns3.example.com (192.0.2.3) does not answer'),
    ]);
    // No question of ours has taught the resolver that there is nothing.
    expect((await openResolver().resolveTxt(record.name)).flat()).toEqual(['one']);
    await records.remove(record, signal);
  });

  it('are written for many orders at once, and all go again', async () => {
    const all = Array.from({ length: ORDERS }, (_, index) =>
      recordOf(`host-${index % 250}`, `${index}`),
    );
    const records = createChallengeRecords({ credential, clock: systemClock, openResolver });
    const begin = performance.now();
    await Promise.all(
      all.map((record) => records.add({ ...record, place: placeOf(record) }, signal)),
    );
    const writtenMs = performance.now() - begin;
    for (const index of [0, 100, 249]) {
      const values = await bind.txtValues(`_acme-challenge.host-${index}.example.com`);
      expect(values.toSorted()).toEqual([`${index}`, `${index + 250}`].toSorted());
    }
    await Promise.all(
      all.map((record) => records.remove({ ...record, place: placeOf(record) }, signal)),
    );
    for (const { name } of all.slice(0, 250)) expect(await bind.txtValues(name)).toEqual([]);
    expect(writtenMs).toBeLessThan(10_000);
  });
});

function recordOf(host: string, value: string) {
  const domain = `${host}.example.com`;
  return { name: `_acme-challenge.${domain}`, value, domain };
}

function placeOf({ name }: { readonly name: string }) {
  return { name, credential: 'main' };
}
