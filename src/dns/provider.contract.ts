/**
 * What every DNS provider must do, as a test suite that each adapter passes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { DnsProvider, TxtRecord } from './provider.ts';

/** What the host does in a test. Recorded hosts have one recording for each. */
export type DnsScenario =
  | 'add'
  | 'add-again'
  | 'add-beside'
  | 'remove-one'
  | 'remove-last'
  | 'remove-gone'
  | 'unknown-zone'
  | 'refused-credential'
  | 'rate-limited'
  | 'silent';

export interface DnsProviderHarness extends AsyncDisposable {
  readonly provider: DnsProvider;
  /** The values at `name`, not asked by way of the provider. */
  values(name: string): Promise<string[]>;
  /** Fails when the host was asked for something else than the scenario allows. */
  assertComplete(): void;
}

export interface DnsProviderSubject {
  readonly title: string;
  /** Whether the host says when to come back after a rate limit. */
  readonly namesRetryAt: boolean;
  /** What cannot happen with this host. */
  readonly lacks?: readonly DnsScenario[];
  open(scenario: DnsScenario): Promise<DnsProviderHarness>;
}

const NAME = '_acme-challenge.app.example.com';

/** Digests as ACME has them: 43 characters of base64url. */
export const ONE: TxtRecord = { name: NAME, value: 'jvIxbEOz4wRmhC0nTfQ5p0dYbNs0q1H2e3r4t5y6u7I' };
export const TWO: TxtRecord = { name: NAME, value: 'K9pLq0m1n2b3v4c5x6z7a8s9d0f1g2h3j4k5l6Q7w8E' };

export function describeDnsProvider(subject: DnsProviderSubject): void {
  describe(`the DNS provider ${subject.title}`, () => {
    const { signal } = new AbortController();
    const has = (scenario: DnsScenario): boolean => subject.lacks?.includes(scenario) !== true;

    it('adds a value', async () => {
      await using harness = await subject.open('add');
      await harness.provider.addTxt(ONE, signal);
      expect(await harness.values(NAME)).toEqual([ONE.value]);
      harness.assertComplete();
    });

    it('has a value once that is added twice', async () => {
      await using harness = await subject.open('add-again');
      await harness.provider.addTxt(ONE, signal);
      await harness.provider.addTxt(ONE, signal);
      expect(await harness.values(NAME)).toEqual([ONE.value]);
      harness.assertComplete();
    });

    it('leaves another value of the name in place when it adds', async () => {
      await using harness = await subject.open('add-beside');
      await harness.provider.addTxt(ONE, signal);
      await harness.provider.addTxt(TWO, signal);
      expect(new Set(await harness.values(NAME))).toEqual(new Set([ONE.value, TWO.value]));
      harness.assertComplete();
    });

    it.runIf(has('remove-one'))('removes exactly one of two values', async () => {
      await using harness = await subject.open('remove-one');
      await harness.provider.addTxt(ONE, signal);
      await harness.provider.addTxt(TWO, signal);
      await harness.provider.removeTxt(ONE, signal);
      expect(await harness.values(NAME)).toEqual([TWO.value]);
      harness.assertComplete();
    });

    it.runIf(has('remove-last'))('removes the only value', async () => {
      await using harness = await subject.open('remove-last');
      await harness.provider.addTxt(ONE, signal);
      await harness.provider.removeTxt(ONE, signal);
      expect(await harness.values(NAME)).toEqual([]);
      harness.assertComplete();
    });

    it('removes a value that is gone already', async () => {
      await using harness = await subject.open('remove-gone');
      await harness.provider.removeTxt(ONE, signal);
      expect(await harness.values(NAME)).toEqual([]);
      harness.assertComplete();
    });

    const retryAt: unknown = subject.namesRetryAt ? expect.any(Date) : undefined;
    const faults = [
      ['unknown-zone', { code: 'dns/zone-not-found' }],
      ['refused-credential', { code: 'dns/unauthorized' }],
      ['rate-limited', { code: 'dns/rate-limited', retryAt }],
    ] as const;
    it.each(faults.filter(([scenario]) => has(scenario)))(
      'says whose fault it is: %s',
      async (scenario, fault) => {
        await using harness = await subject.open(scenario);
        await expect(harness.provider.addTxt(ONE, signal)).rejects.toMatchObject(fault);
        expect(await harness.values(NAME)).toEqual([]);
        harness.assertComplete();
      },
    );

    it('asks nothing when it is cancelled before', async () => {
      await using harness = await subject.open('add');
      const reason = new Error('cancelled');
      const attempt = harness.provider.addTxt(ONE, AbortSignal.abort(reason));
      await expect(attempt).rejects.toBe(reason);
      expect(await harness.values(NAME)).toEqual([]);
    });

    it('gives up a host that does not answer when it is cancelled', async () => {
      await using harness = await subject.open('silent');
      const reason = new Error('cancelled');
      const cancellation = new AbortController();
      setTimeout(() => cancellation.abort(reason), SOON_MS);
      const attempt = harness.provider.addTxt(ONE, cancellation.signal);
      await expect(attempt).rejects.toBe(reason);
      harness.assertComplete();
    });
  });
}

/** Long enough for a request or a program to have begun. */
const SOON_MS = 300;
