import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsRecord, type DnsServer, startDnsServer } from '../../test/support/dns-server.ts';
import { freePort } from '../../test/support/free-port.ts';
import { after, type Clock } from '../core/clock.ts';
import type { Progress } from '../observe/progress.ts';
import { awaitPropagation } from './propagation.ts';
import type { PropagationSettings } from './provider.ts';
import { openSystemResolver, type OpenResolver } from './resolver.ts';

const NAME = '_acme-challenge.app.example.com';
const VALUE = 'jvIxbEOz4wRmhC0nTfQ5p0dYbNs0q1H2e3r4t5y6u7I';
const TXT: DnsRecord = { name: NAME, type: 'TXT', value: VALUE };

const DELEGATION: DnsRecord[] = [
  { name: 'example.com', type: 'SOA', value: '' },
  { name: 'example.com', type: 'NS', value: 'ns1.example.com' },
  { name: 'example.com', type: 'NS', value: 'ns2.example.com' },
  { name: 'ns1.example.com', type: 'A', value: '192.0.2.1' },
  { name: 'ns2.example.com', type: 'A', value: '192.0.2.2' },
];

const SETTINGS: PropagationSettings = { timeoutMs: 60_000, extraWaitMs: 0, check: true };

let recursor: DnsServer;
let first: DnsServer;
let second: DnsServer;
/** What the test's network has in place of the addresses of the name servers. */
let routes: Map<string, string>;
let reports: Progress[];

beforeEach(async () => {
  recursor = await startDnsServer(DELEGATION);
  first = await startDnsServer([TXT]);
  second = await startDnsServer([TXT]);
  routes = new Map([
    ['192.0.2.1', first.address],
    ['192.0.2.2', second.address],
  ]);
  reports = [];
});

afterEach(async () => {
  await Promise.all([recursor, first, second].map((server) => server[Symbol.asyncDispose]()));
});

describe('awaitPropagation', () => {
  it('is done at once when every name server has the value', async () => {
    const clock = clockThat(() => {});
    await wait({ clock });
    expect(clock.sleeps).toEqual([]);
    expect(first.questions).toEqual([`${NAME} CNAME`, `${NAME} TXT`]);
    expect(second.questions).toEqual([`${NAME} TXT`]);
    expect(recursor.questions).not.toContainEqual(expect.stringContaining(`${NAME} CNAME`));
  });

  it('waits for the name server that lags, ever more patiently', async () => {
    second.records.length = 0;
    const clock = clockThat((sleeps) => {
      if (sleeps === 8) second.records.push(TXT);
    });
    await wait({ clock });
    expect(clock.sleeps).toEqual([500, 750, 1125, 1688, 2532, 3798, 5000, 5000]);
    expect(reports).toEqual([
      {
        step: 'waiting',
        message: 'ns1.example.com (192.0.2.1): has it; ns2.example.com (192.0.2.2): not yet',
      },
      { step: 'challenge-visible', message: `all servers have ${NAME}` },
    ]);
  });

  it('wants every value of a name', async () => {
    const other = { name: NAME, value: 'K9pLq0m1n2b3v4c5x6z7a8s9d0f1g2h3j4k5l6Q7w8E' };
    second.records.push({ ...other, type: 'TXT' });
    const clock = clockThat(() => first.records.push({ ...other, type: 'TXT' }));
    await wait({ clock, records: [{ name: NAME, value: VALUE }, other] });
    expect(clock.sleeps).toEqual([500]);
    expect(reports[0]?.message).toContain('ns1.example.com (192.0.2.1): has 1 of 2;');
  });

  it('finds a value in a set that is too big for UDP', async () => {
    const others = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(43, '-'));
    first.records.unshift(...others.map((value) => ({ ...TXT, value })));
    await wait({});
    expect(first.questions.length).toBeGreaterThan(1);
  });

  it('follows CNAME records to the zone that has the answer', async () => {
    recursor.records.push(
      { name: 'example.net', type: 'SOA', value: '' },
      { name: 'example.net', type: 'NS', value: 'ns2.example.com' },
      { name: 'challenges.example.org', type: 'SOA', value: '' },
      { name: 'challenges.example.org', type: 'NS', value: 'ns1.example.com' },
    );
    first.records.splice(
      0,
      1,
      { name: NAME, type: 'CNAME', value: 'alias.example.net' },
      { ...TXT, name: 'app.challenges.example.org' },
    );
    second.records.splice(0, 1, {
      name: 'alias.example.net',
      type: 'CNAME',
      value: 'App.Challenges.Example.org',
    });
    await wait({});
    expect(first.questions).toEqual([
      `${NAME} CNAME`,
      'app.challenges.example.org CNAME',
      'app.challenges.example.org TXT',
    ]);
    expect(second.questions).toEqual(['alias.example.net CNAME']);
  });

  it('gives up a circle of CNAME records', async () => {
    first.records.splice(0, 1, { name: NAME, type: 'CNAME', value: NAME });
    await expect(wait({ settings: { timeoutMs: 0 } })).rejects.toMatchObject({
      code: 'challenge/not-ready',
      message: expect.stringMatching(/cannot follow the CNAME records .* to an end: .+ → /),
    });
  });

  it('goes on without a name server that never answers, with a warning', async () => {
    routes.set('192.0.2.2', `127.0.0.1:${await freePort()}`);
    const clock = clockThat(() => {});
    await wait({ clock });
    // The first failure may be a lost packet.
    expect(clock.sleeps).toHaveLength(1);
    expect(reports).toContainEqual({
      step: 'warning',
      message: `ns2.example.com (192.0.2.2) does not answer for ${NAME} (ECONNREFUSED)`,
    });
  });

  it('does not go on when no name server answers', async () => {
    first.refuses = true;
    second.refuses = true;
    const failure = wait({ settings: { timeoutMs: 3_000 } });
    await expect(failure).rejects.toMatchObject({
      code: 'challenge/not-ready',
      context: {
        servers: [
          `ns1.example.com (192.0.2.1) does not answer for ${NAME} (EREFUSED)`,
          `ns2.example.com (192.0.2.2) does not answer for ${NAME} (EREFUSED)`,
        ],
      },
    });
  });

  it('says after its time what each server said, and not the value', async () => {
    second.records.length = 0;
    const clock = clockThat(() => {});
    const failure: unknown = await wait({ clock }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'challenge/not-ready',
      message: `the TXT records of ${NAME} were not visible within 60 s: ns2.example.com (192.0.2.2) does not have ${NAME} yet`,
      context: {
        servers: [
          `ns1.example.com (192.0.2.1) has ${NAME}`,
          `ns2.example.com (192.0.2.2) does not have ${NAME} yet`,
        ],
      },
    });
    expect(clock.sleeps.reduce((sum, one) => sum + one, 0)).toBe(60_000);
  });

  it('keeps looking for the zone while the resolver of the system fails', async () => {
    recursor.refuses = true;
    const clock = clockThat(() => {
      recursor.refuses = false;
    });
    await wait({ clock });
    expect(clock.sleeps).toEqual([500]);
  });

  it('asks the resolvers of the settings in place of the name servers', async () => {
    await wait({ settings: { resolvers: [second.address] } });
    expect(second.questions).toEqual([`${NAME} CNAME`, `${NAME} TXT`]);
    expect(first.questions).toEqual([]);
    expect(recursor.questions).toEqual([]);
  });

  it('asks public resolvers once every name server has the value', async () => {
    await using open = await startDnsServer([]);
    const clock = clockThat((sleeps) => {
      if (sleeps === 3) first.records.push(TXT);
      if (sleeps === 5) open.records.push(TXT);
    });
    first.records.length = 0;
    await wait({ clock, settings: { recursors: [open.address] } });
    expect(clock.sleeps).toEqual([500, 750, 1125, 500, 750]);
    expect(open.questions).toEqual(Array.from({ length: 3 }, () => `${NAME} TXT`));
    expect(reports.map(({ message }) => message).slice(-2)).toEqual([
      `${open.address}: not yet`,
      `all public resolvers have ${NAME}`,
    ]);
  });

  it('finds the zone of a name below an alias of somebody else', async () => {
    recursor.records.push(
      { name: 'app.example.com', type: 'CNAME', value: 'edge.example.net' },
      { name: 'app.example.com', type: 'SOA', value: '' },
    );
    await wait({});
    expect(first.questions).toContain(`${NAME} TXT`);
  });

  it('goes on without a name server that has no address, with a warning', async () => {
    recursor.records.push({ name: 'example.com', type: 'NS', value: 'lost.example.com' });
    recursor.failing.add('lost.example.com');
    await wait({});
    expect(reports[0]).toEqual({
      step: 'warning',
      message: 'lost.example.com cannot be looked up (ESERVFAIL)',
    });
  });

  it('waits the extra time after the last server', async () => {
    const clock = clockThat(() => {});
    await wait({ clock, settings: { extraWaitMs: 20_000 } });
    expect(clock.sleeps).toEqual([20_000]);
  });

  it('asks nobody without the check', async () => {
    const clock = clockThat(() => {});
    await wait({ clock, settings: { check: false, extraWaitMs: 1_000 } });
    expect(clock.sleeps).toEqual([1_000]);
    expect(recursor.questions).toEqual([]);
  });

  it('gives up open questions when it is cancelled', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const reason = new Error('cancelled');
    const cancellation = new AbortController();
    silent.once('message', () => cancellation.abort(reason));
    const begin = performance.now();
    const attempt = wait(
      { settings: { resolvers: [`127.0.0.1:${silent.address().port}`] } },
      cancellation.signal,
    );
    await expect(attempt).rejects.toBe(reason);
    expect(performance.now() - begin).toBeLessThan(1_500);
    silent.close();
  });
});

const openResolver: OpenResolver = (servers) =>
  openSystemResolver((servers ?? [recursor.address]).map((ip) => routes.get(ip) ?? ip));

interface Wait {
  readonly clock?: Clock;
  readonly records?: readonly { readonly name: string; readonly value: string }[];
  readonly settings?: Partial<PropagationSettings>;
}

function wait(
  { clock = clockThat(() => {}), records = [{ name: NAME, value: VALUE }], settings }: Wait,
  signal = new AbortController().signal,
): Promise<void> {
  return awaitPropagation(
    {
      records,
      settings: { ...SETTINGS, ...settings },
      clock,
      report: (progress) => reports.push(progress),
      openResolver,
    },
    signal,
  );
}

/** Sleeps at once; `onSleep` changes the world meanwhile. */
function clockThat(onSleep: (sleeps: number) => void): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  let now = new Date('2026-11-22T00:00:00Z');
  return {
    sleeps,
    now: () => now,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      now = after(now, milliseconds);
      onSleep(sleeps.length);
    },
  };
}
