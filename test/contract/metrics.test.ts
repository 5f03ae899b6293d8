/**
 * Metrics of the control plane over a real store.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { readBudgetMetrics } from '../../src/lifecycle/metrics/budget-metrics.ts';
import {
  type MetricsSettings,
  readCertificateMetrics,
} from '../../src/lifecycle/metrics/certificate-metrics.ts';
import { prometheusText } from '../../src/observe/metrics.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { at, sampleCertificate } from '../../src/store/sample-records.contract.ts';
import type { Store } from '../../src/store/store.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { createManualClock } from '../support/manual-clock.ts';

const clock = createManualClock(at(0).toISOString());
const lastError = { code: 'acme/timeout', message: 'no' } as const;
const failure = { count: 3, since: at(-60), lastError, lastErrorAt: at(-5), retryAt: at(9) };
/** More than two pages. */
const CERTIFICATES = 600;

async function openStore(): Promise<Store & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await openTempDir());
  const store = await openSqliteStore({ path: directory.file('certctl.db') });
  stack.defer(() => store.close());
  const owned = stack.move();
  return { ...store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function namesShown(store: Store, settings: MetricsSettings) {
  const counts = await store.inventory.count({ now: at(0) });
  const text = prometheusText(await readCertificateMetrics({ store, clock }, settings, counts));
  const names = [...text.matchAll(/^certctl_certificate_status\{.*name="(\w+)\./gm)];
  const omitted = /^certctl_certificates_without_series (\d+)$/m.exec(text)?.[1];
  return { text, names: names.map(([, name]) => name), omitted };
}

describe('metrics of single certificates', () => {
  it('are of those that fail, and of others up to a number', async () => {
    await using store = await openStore();
    for (let index = 0; index < CERTIFICATES; index += 1) {
      const isFailing = index % 300 === 299;
      const id = `n${String(index).padStart(4, '0')}`;
      await store.certificates.insert(
        sampleCertificate(id, [`${id}.example.com`], isFailing ? { failure } : {}),
      );
    }
    const some = await namesShown(store, { perCertificate: 'all', mostCertificates: 4 });
    expect(some.names).toEqual(['n0299', 'n0599', 'n0000', 'n0001']);
    expect(some.omitted).toBe('596');
    const all = await namesShown(store, { perCertificate: 'all', mostCertificates: 10_000 });
    expect(new Set(all.names).size).toBe(CERTIFICATES);
    expect(all.names).toHaveLength(CERTIFICATES);
    expect(all.omitted).toBe('0');
    const failing = await namesShown(store, { perCertificate: 'failing', mostCertificates: 1 });
    expect([failing.names, failing.omitted]).toEqual([['n0299'], '1']);
    const labels = '{certificate="n0299",name="n0299.example.com"';
    const ofFailure = failing.text
      .split('\n')
      .filter((line) => line.startsWith('certctl_certificate_'))
      .map((line) => line.replace('certctl_certificate_', '').replace(labels, ''));
    expect(ofFailure).toEqual(
      [
        ',status="failing",issuer="letsencrypt"} 1',
        ',code="acme/timeout"} 3',
        `} ${at(-60).getTime() / 1_000}`,
        `} ${at(-5).getTime() / 1_000}`,
        `} ${at(9).getTime() / 1_000}`,
      ].map(
        (end, index) =>
          `${['status', 'failures', 'failing_since_timestamp_seconds', 'last_failure_timestamp_seconds', 'next_attempt_timestamp_seconds'][index] ?? ''}${end}`,
      ),
    );
    const off = await namesShown(store, { perCertificate: 'off', mostCertificates: 1 });
    expect(off.text).toBe('');
  });
});

describe('metrics of limits', () => {
  it('are of every limit that a CA has, published or configured', async () => {
    await using store = await openStore();
    const directoryUrl = 'https://acme-v02.api.letsencrypt.org/directory';
    const limits = { newOrdersPerAccount: { count: 3, perMs: 3_000_000 } };
    const draw = { scope: `account ${directoryUrl}`, limit: limits.newOrdersPerAccount };
    await store.budgets.take([draw], at(0));
    await store.budgets.pause({ scope: `domain ${directoryUrl} example.com`, reason: 'no' }, at(0));
    const { statistics } = store;
    const families = await readBudgetMetrics(
      { statistics, clock },
      [{ directoryUrl, limits }],
      await statistics.read(at(0)),
    );
    const lines = prometheusText(families).split('\n');
    const labels = `{directory="${directoryUrl}",limit="newOrdersPerAccount"}`;
    expect(lines).toContain(`certctl_budget_limit${labels} 3`);
    expect(lines).toContain(`certctl_budget_left${labels} 2`);
    expect(lines).toContain(`certctl_budget_used${labels} 1`);
    expect(lines).toContain(`certctl_budget_pauses{directory="${directoryUrl}",scope="domain"} 1`);
    const named = lines.filter((line) => line.startsWith('certctl_budget_limit{'));
    expect(named).toHaveLength(6);
  });
});
