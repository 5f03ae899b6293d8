import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '../../test/support/dns-server.ts';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { AppError } from '../core/errors.ts';
import {
  type ChallengeRecord,
  type ChallengeRecords,
  createChallengeRecords,
} from './challenge-records.ts';
import { delegationRecord } from './delegation.ts';
import type { DnsCredential, TxtRecord } from './provider.ts';
import { openSystemResolver, type OpenResolver } from './resolver.ts';

const { signal } = new AbortController();
const ZONE = 'validate.example.net';
const DOMAIN = 'app.customer.example';
const RECORD: ChallengeRecord = {
  name: `_acme-challenge.${DOMAIN}`,
  value: 'jvIxbEOz4wRmhC0nTfQ5p0dYbNs0q1H2e3r4t5y6u7I',
  domain: DOMAIN,
};
const TARGET = delegationRecord(DOMAIN, ZONE).value;

let recursor: DnsServer;
let authority: DnsServer;
let hosts: Map<string, Host>;
let records: ChallengeRecords;

beforeEach(async () => {
  recursor = await startDnsServer(
    ['customer.example', 'example.net'].flatMap((zone) => [
      { name: zone, type: 'SOA' as const, value: '' },
      { name: zone, type: 'NS' as const, value: 'ns.example.net' },
      { name: 'ns.example.net', type: 'A' as const, value: '192.0.2.1' },
    ]),
  );
  authority = await startDnsServer([]);
  hosts = new Map([
    ['own', openHost('customer.example')],
    ['delegated', openHost('example.net')],
  ]);
  records = open();
});
afterEach(async () => {
  await recursor[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

describe('the records of challenges', () => {
  it('are at the name itself when it is no alias', async () => {
    expect(await records.locate(RECORD, signal)).toEqual({ name: RECORD.name, credential: 'own' });
  });

  it('provoke no negative answer of a resolver before they are written', async () => {
    await records.locate(RECORD, signal);
    expect(recursor.questions.filter((question) => question.startsWith('_'))).toEqual([]);
    expect(authority.questions).toEqual([`${RECORD.name} CNAME`]);
  });

  it('are where the CNAME chain ends, and go from there', async () => {
    alias(RECORD.name, 'one.customer.example');
    alias('one.customer.example', 'Two.Customer.Example');
    await records.add(RECORD, signal);
    expect(written('own')).toEqual([{ name: 'two.customer.example', value: RECORD.value }]);
    // The owner changes the alias meanwhile.
    authority.records.length = 0;
    await records.remove(RECORD, signal);
    expect(written('own')).toEqual([]);
  });

  it('go from the journaled place after a restart', async () => {
    alias(RECORD.name, TARGET);
    const place = await records.locate(RECORD, signal);
    expect(place).toEqual({ name: TARGET, credential: 'delegated' });
    await records.add({ ...RECORD, place }, signal);
    authority.records.length = 0;
    await open().remove({ ...RECORD, place }, signal);
    expect(written('delegated')).toEqual([]);
  });

  it('of delegated names are written by the credential of the delegation only', async () => {
    alias(RECORD.name, TARGET);
    await records.add(RECORD, signal);
    expect(written('delegated')).toEqual([{ name: TARGET, value: RECORD.value }]);
    expect(written('own')).toEqual([]);
  });

  it('are not written at the target of another name', async () => {
    const other = delegationRecord('other.example', ZONE).value;
    alias(RECORD.name, other);
    await expect(records.add(RECORD, signal)).rejects.toMatchObject({
      code: 'challenge/not-ready',
      message: `${RECORD.name} leads to ${other}, which is not the target of ${DOMAIN}`,
      mend: `Let the owner of the name set: ${RECORD.name}. CNAME ${TARGET}.`,
    });
    expect([...written('own'), ...written('delegated')]).toEqual([]);
  });

  it('are not written when the chain is a circle', async () => {
    alias(RECORD.name, 'one.customer.example');
    alias('one.customer.example', RECORD.name);
    await expect(records.add(RECORD, signal)).rejects.toMatchObject({
      code: 'challenge/not-ready',
      message: expect.stringContaining(`${RECORD.name} → one.customer.example → ${RECORD.name}`),
    });
    expect(written('own')).toEqual([]);
  });

  it('say where the name leads when the credential has no zone for that', async () => {
    alias(RECORD.name, 'there.elsewhere.example');
    recursor.records.push({ name: 'elsewhere.example', type: 'SOA', value: '' });
    await expect(records.add(RECORD, signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
      message: `no zone contains there.elsewhere.example, where ${RECORD.name} leads`,
      mend: 'Give access.',
    });
  });

  it('say what an owner has to set who has not delegated yet', async () => {
    const stranger = { ...RECORD, name: '_acme-challenge.a.example.org', domain: 'a.example.org' };
    recursor.records.push(
      { name: 'example.org', type: 'SOA', value: '' },
      { name: 'example.org', type: 'NS', value: 'ns.example.net' },
    );
    const target = delegationRecord('a.example.org', ZONE).value;
    await expect(open('delegated').add(stranger, signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
      mend: expect.stringContaining(`_acme-challenge.a.example.org. CNAME ${target}.`),
    });
  });

  it('are looked for once more when the resolver fails', async () => {
    const clock = createSteppingClock();
    recursor.failing.add(DOMAIN);
    const failure = open('own', clock).locate(RECORD, signal);
    await expect(failure).rejects.toMatchObject({ code: 'challenge/not-ready' });
    const asked = recursor.questions.filter((question) => question === `${DOMAIN} SOA`);
    expect(asked).toHaveLength(3);
  });

  it('cannot be removed by a credential that is gone', async () => {
    const place = { name: RECORD.name, credential: 'gone' };
    await expect(records.remove({ ...RECORD, place }, signal)).rejects.toMatchObject({
      code: 'dns/unknown-credential',
    });
  });
});

interface Host extends DnsCredential {
  readonly written: TxtRecord[];
}

/** A host with one zone, in place of somebody's API. */
function openHost(zone: string): Host {
  const entries: TxtRecord[] = [];
  return {
    name: zone === 'example.net' ? 'delegated' : 'own',
    written: entries,
    propagation: { timeoutMs: 1_000, extraWaitMs: 0, check: true },
    provider: {
      addTxt: async ({ name, value }) => {
        if (!name.endsWith(`.${zone}`)) {
          const message = `no zone contains ${name}`;
          throw new AppError('dns/zone-not-found', message, { mend: 'Give access.' });
        }
        entries.push({ name, value });
      },
      removeTxt: async ({ name, value }) => {
        const at = entries.findIndex((entry) => entry.name === name && entry.value === value);
        if (at >= 0) entries.splice(at, 1);
      },
      close: async () => {},
    },
  };
}

function open(name = 'own', clock = createSteppingClock()): ChallengeRecords {
  return createChallengeRecords({
    credential: hosts.get(name) as DnsCredential,
    delegation: { zone: ZONE, credential: 'delegated' },
    findCredential: (wanted) => hosts.get(wanted),
    clock,
    openResolver,
  });
}

const openResolver: OpenResolver = (servers) =>
  openSystemResolver([servers === undefined ? recursor.address : authority.address]);

function alias(name: string, value: string): void {
  authority.records.push({ name, type: 'CNAME', value });
}

function written(name: string): readonly TxtRecord[] {
  return hosts.get(name)?.written ?? [];
}
