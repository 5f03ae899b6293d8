/**
 * The contract of DNS providers, for every adapter.
 *
 * @module
 */
import { systemClock } from '../../src/core/clock.ts';
import { createCloudflareProvider } from '../../src/dns/cloudflare/provider.ts';
import { describeDnsProvider, type DnsScenario } from '../../src/dns/provider.contract.ts';
import { openExecHarness } from '../support/dns-exec-harness.ts';
import { type Exchange, replayFixture } from '../support/recorded-http.ts';

describeDnsProvider({ title: 'exec', namesRetryAt: false, open: openExecHarness });

describeDnsProvider({
  title: 'cloudflare',
  namesRetryAt: true,
  open: async (scenario: DnsScenario) => {
    const fixtures = new URL('../../src/dns/cloudflare/fixtures/', import.meta.url);
    const api = await replayFixture(new URL(`${scenario}.json`, fixtures));
    const provider = createCloudflareProvider(
      { apiToken: 'fixture-token-of-nobody' },
      { clock: systemClock, baseUrl: `${api.url}/client/v4` },
    );
    return {
      provider,
      values: async (name) => recordedValues(api.served, name),
      assertComplete: () => api.assertComplete(),
      [Symbol.asyncDispose]: async () => {
        await provider.close();
        await api[Symbol.asyncDispose]();
      },
    };
  },
});

/** What the API said it holds, with the changes that it accepted since. */
function recordedValues(served: readonly Exchange[], name: string): string[] {
  const contents = new Map<string, string>();
  for (const { request, response } of served) {
    const { result, success } = (response?.body ?? {}) as { result?: unknown; success?: boolean };
    if (success !== true || !request.path.includes('/dns_records')) continue;
    if (request.method === 'GET') {
      contents.clear();
      for (const record of result as ApiRecord[]) contents.set(record.id, record.content);
    } else if (request.method === 'POST') {
      const record = result as ApiRecord;
      if (record.name === name) contents.set(record.id, record.content);
    } else {
      contents.delete((result as ApiRecord).id);
    }
  }
  return [...contents.values()].map((content) => content.replaceAll('"', ''));
}

interface ApiRecord {
  readonly id: string;
  readonly name: string;
  readonly content: string;
}
