/**
 * What is left of the limits of CAs, as metrics.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import { CA_LIMITS, type CaLimit } from '../../issuers/ca-limits.ts';
import type { CountedIssuer } from '../../issuers/issuer.ts';
import { type MetricFamily, metric } from '../../observe/metrics.ts';
import type { BudgetUse, StatisticsTable, StoreStatistics } from '../../store/statistics.ts';
import { limitsOf, requestScope } from '../budget/limits.ts';

/** What the scopes of a limit begin with. */
const SCOPES: Readonly<Record<CaLimit, (directoryUrl: string) => string>> = {
  newOrdersPerAccount: (url) => `account ${url}`,
  certificatesPerRegisteredDomain: (url) => `domain ${url}`,
  certificatesPerNameSet: (url) => `name-set ${url}`,
  failedValidationsPerName: (url) => `failures ${url}`,
  consecutiveFailuresPerName: (url) => `consecutive-failures ${url}`,
  requests: requestScope,
};

export async function readBudgetMetrics(
  { statistics, clock }: { readonly statistics: StatisticsTable; readonly clock: Clock },
  issuers: readonly CountedIssuer[],
  { pauses }: Pick<StoreStatistics, 'pauses'>,
): Promise<MetricFamily[]> {
  const cas = new Map(issuers.map((issuer) => [issuer.directoryUrl, issuer]));
  const limits = [...cas.values()].flatMap(({ directoryUrl, limits: configured }) => {
    const inForce = limitsOf(directoryUrl, configured);
    return CA_LIMITS.flatMap((name) => {
      const limit = inForce[name];
      if (limit === undefined) return [];
      const labels = { directory: directoryUrl, limit: name };
      return [{ labels, limit, scope: SCOPES[name](directoryUrl) }];
    });
  });
  const uses = await statistics.budgets(limits, clock.now());
  const each = (value: (use: BudgetUse) => number) =>
    uses.flatMap((use, index): [Readonly<Record<string, string>>, number][] => {
      const { labels } = limits[index] ?? {};
      return labels === undefined ? [] : [[labels, value(use)]];
    });
  return [
    metric(
      'certctl_budget_limit',
      'gauge',
      'How much a limit of a CA allows at once.',
      limits.map(({ labels, limit }) => [labels, limit.count]),
    ),
    metric(
      'certctl_budget_left',
      'gauge',
      'What is left of the limit, where it is least: for one account, domain, set of names or name.',
      each(({ left }) => left),
    ),
    metric(
      'certctl_budget_exhausted',
      'gauge',
      'For how many accounts, domains, sets of names or names nothing is left of the limit.',
      each(({ exhausted }) => exhausted),
    ),
    metric(
      'certctl_budget_used',
      'gauge',
      'For how many of them something of the limit is used up.',
      each(({ used }) => used),
    ),
    metric(
      'certctl_budget_pauses',
      'gauge',
      'What the CA wants nobody to ask for at the moment.',
      pauses.map(({ word, directoryUrl, scopes }) => [
        { directory: directoryUrl, scope: word },
        scopes,
      ]),
    ),
  ];
}
