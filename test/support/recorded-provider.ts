/**
 * A DNS provider whose host is a recording, for the contract suite.
 *
 * @module
 */
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { DnsProviderHarness, DnsProviderSubject } from '../../src/dns/provider.contract.ts';
import type { ProviderOptions } from '../../src/dns/provider-options.ts';
import type { DnsProvider } from '../../src/dns/provider.ts';
import { type Exchange, replayFixture } from './recorded-http.ts';

export interface RecordedProvider {
  /** The folder in `src/dns/`. */
  readonly name: string;
  /** Of the API, below the host. */
  readonly basePath?: string;
  readonly clock?: Clock;
  /** What stands for `${NAME}` in the recordings. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly lacks?: DnsProviderSubject['lacks'];
  readonly open: (options: Required<ProviderOptions>) => DnsProvider;
}

export function recordedSubject(recorded: RecordedProvider): DnsProviderSubject {
  return {
    title: recorded.name,
    namesRetryAt: true,
    lacks: recorded.lacks ?? [],
    open: (scenario) => openRecorded(recorded, scenario),
  };
}

/** `scenario` is a file in the provider's folder of fixtures. */
export async function openRecorded(
  { name, basePath = '', clock = systemClock, variables = {}, open }: RecordedProvider,
  scenario: string,
): Promise<DnsProviderHarness & { readonly served: readonly Exchange[] }> {
  const fixtures = new URL(`../../src/dns/${name}/fixtures/`, import.meta.url);
  const api = await replayFixture(new URL(`${scenario}.json`, fixtures), variables);
  const provider = open({ clock, baseUrl: `${api.url}${basePath}` });
  return {
    provider,
    served: api.served,
    values: async () => [...(api.served.findLast(({ holds }) => holds !== undefined)?.holds ?? [])],
    assertComplete: () => api.assertComplete(),
    [Symbol.asyncDispose]: async () => {
      await provider.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** Runs `work` with the provider, and fails when another request was made than the recorded ones. */
export async function withRecording(
  recorded: RecordedProvider,
  scenario: string,
  work: (provider: DnsProvider, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await using harness = await openRecorded(recorded, scenario);
  await work(harness.provider, new AbortController().signal);
  harness.assertComplete();
}
