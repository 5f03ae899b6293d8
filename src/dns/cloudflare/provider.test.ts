import { expect, it } from 'vitest';
import { type RecordedHttp, replay, replayFixture } from '../../../test/support/recorded-http.ts';
import { systemClock } from '../../core/clock.ts';
import { parseName } from '../../core/names.ts';
import { ONE } from '../provider.contract.ts';
import type { DnsProvider } from '../provider.ts';
import { createCloudflareProvider } from './provider.ts';

const TOKEN = 'fixture-token-of-nobody';

it.each([
  ['removes a record whose content has no quotation marks', 'unquoted-record', 'removeTxt'],
  ['takes an identical record that appeared meanwhile for success', 'add-race', 'addTxt'],
  ['takes a record that disappeared meanwhile for success', 'remove-race', 'removeTxt'],
] as const)('%s', (_title, fixture, change) =>
  withFixture(fixture, async (provider, signal) => {
    await expect(provider[change](ONE, signal)).resolves.toBeUndefined();
  }),
);

it('blames a malformed token on the credential', () =>
  withFixture('malformed-token', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/unauthorized',
      message: expect.stringContaining('Invalid format for Authorization header'),
    });
  }));

it('shows what the API said without the token and without control characters', () =>
  withFixture('refused-record', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/rejected',
      message:
        'cannot create a TXT record of _acme-challenge.app.example.com: no records for [redacted] [2J (9999)',
    });
  }));

it('calls an answer that is not of the API an outage', () =>
  withFixture('outage', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({ code: 'dns/unavailable' });
  }));

it('calls a host that refuses connections unavailable, without the token', async () => {
  const gone = await replay([]);
  await gone[Symbol.asyncDispose]();
  const provider = openProvider(gone);
  const failure: unknown = await provider
    .addTxt(ONE, new AbortController().signal)
    .catch((thrown: unknown) => thrown);
  await provider.close();
  expect(failure).toMatchObject({ code: 'dns/unavailable' });
  expect(JSON.stringify(failure) + String((failure as Error).cause)).not.toContain(TOKEN);
});

it('reads Retry-After as seconds', () =>
  withFixture('rate-limited', async (provider, signal) => {
    const before = Date.now();
    const failure = (await provider.addTxt(ONE, signal).catch((thrown: unknown) => thrown)) as {
      retryAt: Date;
    };
    const waitMs = failure.retryAt.getTime() - before;
    expect(waitMs).toBeGreaterThanOrEqual(120_000);
    expect(waitMs).toBeLessThan(130_000);
  }));

it('asks nothing for names outside the zones of the credential', async () => {
  await using api = await replay([]);
  const provider = openProvider(api, ['example.org']);
  await expect(provider.addTxt(ONE, new AbortController().signal)).rejects.toMatchObject({
    code: 'dns/zone-not-found',
  });
  api.assertComplete();
});

async function withFixture(
  name: string,
  work: (provider: DnsProvider, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await using api = await replayFixture(new URL(`fixtures/${name}.json`, import.meta.url));
  const provider = openProvider(api);
  await work(provider, new AbortController().signal);
  api.assertComplete();
  await provider.close();
}

function openProvider(api: RecordedHttp, zones?: readonly string[]): DnsProvider {
  return createCloudflareProvider(
    { apiToken: TOKEN, zones: zones?.map(parseName) },
    { clock: systemClock, baseUrl: `${api.url}/client/v4` },
  );
}
