/**
 * The provider `rfc2136` with BIND 9: the contract, and what a name server refuses.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { after, HOUR_MS, systemClock } from '../../src/core/clock.ts';
import { describeDnsProvider, ONE, TWO } from '../../src/dns/provider.contract.ts';
import type { DnsProvider } from '../../src/dns/provider.ts';
import { type Rfc2136Settings, settingsSchema } from '../../src/dns/rfc2136/metadata.ts';
import { createRfc2136Provider } from '../../src/dns/rfc2136/provider.ts';
import { type BindServer, startBind } from '../support/bind-server.ts';
import { startSilentServer } from '../support/silent-server.ts';

const { signal } = new AbortController();

for (const keyAlgorithm of ['hmac-sha256', 'hmac-sha512'] as const) {
  describeDnsProvider({
    title: `rfc2136 at BIND, ${keyAlgorithm}`,
    namesRetryAt: false,
    lacks: ['rate-limited'],
    open: async (scenario) => {
      const zones = scenario === 'unknown-zone' ? ['example.org'] : ['example.com', 'example.org'];
      const bind = await startBind({ zones, keyAlgorithm });
      const silent = await startSilentServer();
      const provider = openProvider(bind, {
        keyAlgorithm,
        ...(scenario === 'silent' ? { server: `127.0.0.1:${silent.port}` } : {}),
        ...(scenario === 'refused-credential' ? { keySecret: otherSecret() } : {}),
      });
      return {
        provider,
        values: (name) => bind.txtValues(name),
        assertComplete: () => {},
        [Symbol.asyncDispose]: async () => {
          await provider.close();
          await silent[Symbol.asyncDispose]();
          await bind[Symbol.asyncDispose]();
        },
      };
    },
  });
}

describe('the DNS provider rfc2136', () => {
  let bind: BindServer;
  beforeAll(async () => {
    bind = await startBind({ zones: ['example.com', 'app.example.com'] });
  });
  afterAll(async () => {
    await bind[Symbol.asyncDispose]();
  });

  it('changes the zone with the longest suffix', async () => {
    const provider = openProvider(bind);
    await provider.addTxt(ONE, signal);
    // A record of the parent zone would not be in the answers.
    expect(await bind.txtValues(ONE.name)).toEqual([ONE.value]);
    await provider.removeTxt(ONE, signal);
  });

  it('asks for no zone when they are given', async () => {
    const provider = openProvider(bind, { zones: ['app.example.com'] });
    await provider.addTxt(TWO, signal);
    expect(await bind.txtValues(TWO.name)).toEqual([TWO.value]);
    await provider.removeTxt(TWO, signal);
    expect(await bind.txtValues(TWO.name)).toEqual([]);
  });

  it.each([
    ['another secret', { keySecret: otherSecret() }, 'dns/unauthorized', /the signature is wrong/],
    ['an unknown key', { keyName: 'nobody' }, 'dns/unauthorized', /it has no such key/],
    ['another algorithm', { keyAlgorithm: 'hmac-sha512' }, 'dns/unauthorized', /no such key|wrong/],
    [
      'a zone of others',
      { zones: ['_acme-challenge.app.example.com'] },
      'dns/zone-not-found',
      /NOTAUTH/,
    ],
  ] as const)('says what is wrong: %s', async (_title, change, code, message) => {
    const provider = openProvider(bind, change);
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await bind.txtValues(ONE.name)).toEqual([]);
  });

  it('says whose clock is wrong', async () => {
    const clock = { ...systemClock, now: () => after(new Date(), HOUR_MS) };
    const provider = createRfc2136Provider(settingsFor(bind), { clock });
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/unauthorized',
      message: expect.stringContaining('says that the time is wrong'),
      mend: expect.stringContaining('clocks'),
      context: { serverTime: expect.stringMatching(/^\d{4}-/) },
    });
  });

  it('says that the policy of the zone does not allow it', async () => {
    await using strict = await startBind({
      zones: ['example.com'],
      policy: 'grant certctl name other.example.com. TXT;',
    });
    await expect(openProvider(strict).addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/unauthorized',
      message: expect.stringContaining('REFUSED for the zone example.com'),
    });
  });

  it('gives up a server that does not answer in time, or not at all', async () => {
    await using silent = await startSilentServer();
    const server = `127.0.0.1:${silent.port}`;
    const begin = performance.now();
    const slow = openProvider(bind, { server, timeoutMs: 1_000 });
    await expect(slow.addTxt(ONE, signal)).rejects.toMatchObject({ code: 'dns/unavailable' });
    expect(performance.now() - begin).toBeLessThan(3_000);
    const gone = openProvider(bind, { server: '127.0.0.1:1' });
    await expect(gone.addTxt(ONE, signal)).rejects.toMatchObject({ code: 'dns/unavailable' });
  });

  it('changes one name from many orders at once', async () => {
    const provider = openProvider(bind);
    const records = Array.from({ length: 30 }, (_unused, index) => ({
      name: ONE.name,
      value: `value-${index}`,
    }));
    await Promise.all(records.map((record) => provider.addTxt(record, signal)));
    expect(await bind.txtValues(ONE.name)).toHaveLength(30);
    await Promise.all(records.map((record) => provider.removeTxt(record, signal)));
    expect(await bind.txtValues(ONE.name)).toEqual([]);
  });
});

function openProvider(bind: BindServer, change: object = {}): DnsProvider {
  return createRfc2136Provider(settingsFor(bind, change), { clock: systemClock });
}

function settingsFor({ address, key }: BindServer, change: object = {}): Rfc2136Settings {
  const { name: keyName, secret: keySecret } = key;
  return settingsSchema.parse({ server: address, keyName, keySecret, ...change });
}

function otherSecret(): string {
  return randomBytes(32).toString('base64');
}
