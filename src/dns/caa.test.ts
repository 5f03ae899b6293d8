import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '../../test/support/dns-server.ts';
import { findAddresses, findDelegation } from './addresses.ts';
import { findCaa } from './caa.ts';
import { type DnsResolver, openSystemResolver } from './resolver.ts';

const { signal } = new AbortController();
let dns: DnsServer;
let resolver: DnsResolver;

beforeEach(async () => {
  dns = await startDnsServer([{ name: 'a.b.example.com', type: 'A', value: '192.0.2.1' }]);
  resolver = openSystemResolver([dns.address]);
});
afterEach(() => dns[Symbol.asyncDispose]());

describe('findCaa', () => {
  const find = () => findCaa('a.b.example.com', resolver, signal);

  it('finds none where nobody has any', async () => {
    expect(await find()).toEqual({ known: true, records: [] });
  });

  it('takes the set nearest to the name', async () => {
    dns.records.push(
      { name: 'example.com', type: 'CAA', value: '0 issue far.example' },
      { name: 'b.example.com', type: 'CAA', value: '0 issue near.example' },
      { name: 'b.example.com', type: 'CAA', value: '128 FuTure x' },
    );
    const found = await find();
    expect(found).toMatchObject({ known: true, domain: 'b.example.com' });
    expect(found.known && found.records).toEqual(
      expect.arrayContaining([
        { isCritical: false, tag: 'issue', value: 'near.example' },
        { isCritical: true, tag: 'future', value: 'x' },
      ]),
    );
  });

  it('follows aliases, and climbs from the alias and not from its target', async () => {
    dns.records.length = 0;
    dns.records.push(
      { name: 'a.b.example.com', type: 'CNAME', value: 'www.elsewhere.example' },
      { name: 'elsewhere.example', type: 'CAA', value: '0 issue target-parent.example' },
      { name: 'example.com', type: 'CAA', value: '0 issue own-parent.example' },
    );
    expect(await find()).toMatchObject({ records: [{ value: 'own-parent.example' }] });
    dns.records.push({
      name: 'www.elsewhere.example',
      type: 'CAA',
      value: '0 issue target.example',
    });
    expect(await find()).toMatchObject({
      domain: 'a.b.example.com',
      records: [{ value: 'target.example' }],
    });
  });

  it('does not climb past a failure, and does not mind one above what it found', async () => {
    dns.failing.add('b.example.com');
    expect(await find()).toMatchObject({ known: false, domain: 'b.example.com' });
    dns.records.push({ name: 'a.b.example.com', type: 'CAA', value: '0 issue ca.example' });
    expect(await find()).toMatchObject({ known: true, domain: 'a.b.example.com' });
  });

  it('rejects with the reason of an abort', async () => {
    const reason = new Error('stop');
    const aborted = findCaa('a.b.example.com', resolver, AbortSignal.abort(reason));
    await expect(aborted).rejects.toBe(reason);
  });
});

describe('findAddresses', () => {
  const find = (name: string) => findAddresses(name, resolver, signal);

  it('finds both families, through aliases', async () => {
    dns.records.push(
      { name: 'a.b.example.com', type: 'AAAA', value: '2001:db8:0:0:0:0:0:1' },
      { name: 'alias.example.com', type: 'CNAME', value: 'a.b.example.com' },
    );
    const addresses = ['2001:db8::1', '192.0.2.1'];
    expect(await find('a.b.example.com')).toEqual({ known: true, addresses });
    expect(await find('alias.example.com')).toEqual({ known: true, addresses });
  });

  it('tells a name without addresses from a server without answer', async () => {
    expect(await find('b.example.com')).toEqual({ known: true, addresses: [] });
    expect(await find('gone.example')).toEqual({ known: true, addresses: [] });
    dns.failing.add('b.example.com');
    expect(await find('b.example.com')).toMatchObject({ known: false });
  });

  it('knows a circle of aliases for what it is', async () => {
    dns.records.push(
      { name: 'one.example', type: 'CNAME', value: 'two.example' },
      { name: 'two.example', type: 'CNAME', value: 'one.example' },
    );
    expect(await find('one.example')).toMatchObject({ known: false });
  });
});

describe('findDelegation', () => {
  it('names where the challenge record leads to', async () => {
    expect(await findDelegation('a.b.example.com', resolver, signal)).toBeUndefined();
    dns.records.push({
      name: '_acme-challenge.a.b.example.com',
      type: 'CNAME',
      value: 'a.challenges.example',
    });
    expect(await findDelegation('a.b.example.com', resolver, signal)).toBe('a.challenges.example');
  });
});
