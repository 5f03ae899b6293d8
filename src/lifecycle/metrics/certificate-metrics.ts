/**
 * Metrics of single certificates: of as many as are wanted, the most urgent first.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { SECOND_MS } from '../../core/clock.ts';
import { displayName } from '../../core/names.ts';
import { type MetricFamily, metric } from '../../observe/metrics.ts';
import type { CertificateFilter, InventoryCounts } from '../../store/inventory.ts';
import type { CertificateWithIssuance } from '../../store/store.ts';
import type { LifecycleContext } from '../context.ts';
import { type CertificateView, viewCertificate } from '../view.ts';

/** `failing` are those that are failing or have expired. */
export const PER_CERTIFICATE = ['all', 'failing', 'off'] as const;

export interface MetricsSettings {
  readonly perCertificate: (typeof PER_CERTIFICATE)[number];
  /** The rest is in the sums only. */
  readonly mostCertificates: number;
}

type Reading = Pick<LifecycleContext, 'store' | 'clock'>;
type Status = NonNullable<CertificateFilter['status']>;

const URGENT: readonly Status[] = ['failing', 'expired'];
/** Others get their turn between pages. */
const PAGE = 250;

export async function readCertificateMetrics(
  context: Reading,
  { perCertificate, mostCertificates }: MetricsSettings,
  { byStatus }: Pick<InventoryCounts, 'byStatus'>,
): Promise<MetricFamily[]> {
  if (perCertificate === 'off') return [];
  const shown = new Map<string, Shown>();
  for (const status of URGENT) await collect(context, status, mostCertificates, shown);
  if (perCertificate === 'all') await collect(context, undefined, mostCertificates, shown);
  const wanted = perCertificate === 'all' ? (Object.keys(byStatus) as Status[]) : URGENT;
  const all = wanted.reduce((sum, status) => sum + byStatus[status], 0);
  return families([...shown.values()], Math.max(0, all - shown.size));
}

/** The little of a view that becomes a sample: there may be many. */
interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: Status;
  readonly issuer: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly renewAt?: number;
  readonly failure?: {
    readonly code: string;
    readonly count: number;
    readonly since: number;
    readonly at: number;
    readonly retryAt: number;
  };
}

async function collect(
  { store, clock }: Reading,
  status: Status | undefined,
  most: number,
  shown: Map<string, Shown>,
): Promise<void> {
  const now = clock.now();
  let after: { readonly id: string; readonly expiresAt: number } | undefined;
  while (shown.size < most) {
    const page = await store.inventory.certificates(
      { now, status },
      { sort: 'expires', limit: PAGE, after },
    );
    for (const { certificate, issuance } of page) {
      if (shown.size >= most) return;
      if (shown.has(certificate.id)) continue;
      shown.set(certificate.id, shownOf(viewCertificate(clock, certificate, issuance)));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { id: last.certificate.id, expiresAt: expiryOf(last) };
    await setImmediate();
  }
}

function expiryOf({ issuance }: CertificateWithIssuance): number {
  return issuance?.notAfter.getTime() ?? 0;
}

function shownOf({ id, names, issuers, status, current, next, failure }: CertificateView): Shown {
  const [first = ''] = names;
  const isRenewal = current !== undefined && next.at !== undefined;
  return {
    labels: { certificate: id, name: displayName(first as Parameters<typeof displayName>[0]) },
    status,
    issuer: current?.issuer ?? issuers[0] ?? '',
    ...(current && {
      notBefore: secondsOf(current.notBefore),
      notAfter: secondsOf(current.notAfter),
    }),
    ...(isRenewal ? { renewAt: secondsOf(next.at) } : {}),
    ...(failure && {
      failure: {
        code: failure.error.code,
        count: failure.count,
        since: secondsOf(failure.since),
        at: secondsOf(failure.at),
        retryAt: secondsOf(failure.retryAt),
      },
    }),
  };
}

function secondsOf(instant: string): number {
  return Date.parse(instant) / SECOND_MS;
}

function families(shown: readonly Shown[], omitted: number): MetricFamily[] {
  const gauge = (
    name: string,
    help: string,
    valueOf: (one: Shown) => number | undefined,
    more: (one: Shown) => Readonly<Record<string, string>> = () => ({}),
  ): MetricFamily =>
    metric(
      `certctl_certificate_${name}`,
      'gauge',
      help,
      shown.flatMap((one): [Readonly<Record<string, string>>, number][] => {
        const value = valueOf(one);
        return value === undefined ? [] : [[{ ...one.labels, ...more(one) }, value]];
      }),
    );
  return [
    gauge(
      'status',
      'The status that a certificate has, and who has issued it or is to.',
      () => 1,
      ({ status, issuer }) => ({ status, issuer }),
    ),
    gauge('not_before_timestamp_seconds', 'Since when it is valid.', ({ notBefore }) => notBefore),
    gauge('not_after_timestamp_seconds', 'When it ends.', ({ notAfter }) => notAfter),
    gauge(
      'renewal_timestamp_seconds',
      'When it is to be renewed; absent when that is due.',
      ({ renewAt }) => renewAt,
    ),
    gauge(
      'failures',
      'How often in a row it could not be obtained, and the code of the last error.',
      ({ failure }) => failure?.count,
      ({ failure }) => ({ code: failure?.code ?? '' }),
    ),
    gauge(
      'failing_since_timestamp_seconds',
      'The first of these failures.',
      ({ failure }) => failure?.since,
    ),
    gauge(
      'last_failure_timestamp_seconds',
      'The last of these failures.',
      ({ failure }) => failure?.at,
    ),
    gauge(
      'next_attempt_timestamp_seconds',
      'When it is tried again after a failure.',
      ({ failure }) => failure?.retryAt,
    ),
    metric(
      'certctl_certificates_without_series',
      'gauge',
      'Certificates beyond metrics.mostCertificates: they are in the sums only.',
      [[{}, omitted]],
    ),
  ];
}
