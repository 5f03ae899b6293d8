/**
 * The provider `powerdns` with a PowerDNS Authoritative Server.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { settingsSchema } from '../../src/dns/powerdns/metadata.ts';
import { createPowerDnsProvider } from '../../src/dns/powerdns/provider.ts';
import { describeDnsProvider, ONE } from '../../src/dns/provider.contract.ts';
import type { DnsProvider } from '../../src/dns/provider.ts';
import { type PowerDnsServer, startPowerDns } from '../support/powerdns-server.ts';
import { startSilentServer } from '../support/silent-server.ts';

const { signal } = new AbortController();

describeDnsProvider({
  title: 'powerdns at a server',
  namesRetryAt: false,
  lacks: ['rate-limited'],
  open: async (scenario) => {
    const zones = scenario === 'unknown-zone' ? ['example.org'] : ['example.com', 'example.org'];
    const server = await startPowerDns(zones);
    const silent = await startSilentServer();
    const provider = openProvider(server, {
      ...(scenario === 'silent' ? { url: `http://127.0.0.1:${silent.port}` } : {}),
      ...(scenario === 'refused-credential' ? { apiKey: 'another' } : {}),
    });
    return {
      provider,
      values: (name) => server.txtValues(name),
      assertComplete: () => {},
      [Symbol.asyncDispose]: async () => {
        await provider.close();
        await silent[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
});

describe('the DNS provider powerdns', () => {
  let server: PowerDnsServer;
  beforeAll(async () => {
    server = await startPowerDns(['example.com', 'app.example.com']);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('keeps what others have at the name, to the letter', async () => {
    await using provider = opened(openProvider(server));
    const foreign = String.raw`a "quoted\" text`;
    await provider.addTxt({ name: ONE.name, value: foreign }, signal);
    await provider.addTxt(ONE, signal);
    expect(new Set(await server.txtValues(ONE.name))).toEqual(new Set([foreign, ONE.value]));
    await provider.removeTxt(ONE, signal);
    expect(await server.txtValues(ONE.name)).toEqual([foreign]);
    await provider.removeTxt({ name: ONE.name, value: foreign }, signal);
    expect(await server.txtValues(ONE.name)).toEqual([]);
  });

  it('changes one name from many orders at once', async () => {
    await using provider = opened(openProvider(server));
    const records = Array.from({ length: 30 }, (_unused, index) => ({
      name: ONE.name,
      value: `value-${index}`,
    }));
    await Promise.all(records.map((record) => provider.addTxt(record, signal)));
    expect(await server.txtValues(ONE.name)).toHaveLength(30);
    await Promise.all(records.map((record) => provider.removeTxt(record, signal)));
    expect(await server.txtValues(ONE.name)).toEqual([]);
  });
});

function openProvider({ url, apiKey }: PowerDnsServer, change: object = {}): DnsProvider {
  const settings = settingsSchema.parse({ url, apiKey, ...change });
  return createPowerDnsProvider(settings, { clock: systemClock });
}

function opened(provider: DnsProvider): DnsProvider & AsyncDisposable {
  return { ...provider, [Symbol.asyncDispose]: () => provider.close() };
}
