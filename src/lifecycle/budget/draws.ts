/**
 * What one order draws on, as the CA counts it.
 *
 * @module
 */
import { DAY_MS } from '../../core/clock.ts';
import { type Name, sameNames } from '../../core/names.ts';
import type { BucketLimit } from '../../core/token-bucket.ts';
import type { CaLimits } from '../../issuers/ca-limits.ts';
import type { BudgetDraw } from '../../store/budgets.ts';
import type { IssuanceRecord, RenewalState } from '../../store/records.ts';
import { accountScope, domainScopes, nameScopes, nameSetScope } from './scopes.ts';

export interface CountedOrder {
  readonly directoryUrl: string;
  readonly limits: CaLimits;
  readonly names: readonly Name[];
  readonly exemption: Exemption;
}

/** `all`: a renewal in the CA's window. `same-names`: a renewal of exactly these names. */
export type Exemption = 'all' | 'same-names' | 'none';

const SAME_NAMES_MS = 120 * DAY_MS;

export interface OrderDraws {
  /** Used up by asking for the order. */
  readonly orders: readonly BudgetDraw[];
  /** Used up by the certificate: reserved with the order, and free again when none comes of it. */
  readonly certificates: readonly BudgetDraw[];
  /** Used up by failures; there must be room for one. */
  readonly failures: readonly BudgetDraw[];
}

export function drawsOf({ directoryUrl: url, limits, names, exemption }: CountedOrder): OrderDraws {
  if (exemption === 'all') return { orders: [], certificates: [], failures: [] };
  const isRenewal = exemption === 'same-names';
  return {
    orders: isRenewal ? [] : draws([accountScope(url)], limits.newOrdersPerAccount),
    certificates: [
      ...(isRenewal ? [] : draws(domainScopes(url, names), limits.certificatesPerRegisteredDomain)),
      ...draws([nameSetScope(url, names)], limits.certificatesPerNameSet),
    ],
    failures: failureDraws(url, limits, names).map((draw) => ({ ...draw, isOnlyAsked: true })),
  };
}

/** What a failed validation of each of `names` uses up. */
export function failureDraws(
  url: string,
  { failedValidationsPerName, consecutiveFailuresPerName }: CaLimits,
  names: readonly Name[],
): BudgetDraw[] {
  return [
    ...draws(nameScopes('failures', url, names), failedValidationsPerName),
    ...draws(nameScopes('consecutive-failures', url, names), consecutiveFailuresPerName),
  ];
}

export interface ExemptionInput {
  readonly now: Date;
  readonly names: readonly Name[];
  readonly issuer: string;
  /** What the order names as its predecessor, to a CA that has renewal information. */
  readonly replaces: string | undefined;
  readonly renewal: RenewalState;
  /** Of the same certificate, as far as we have them. */
  readonly history: readonly IssuanceRecord[];
}

/** Before and after its window a renewal is linked to its predecessor all the same, but counted. */
export function exemptionOf(input: ExemptionInput): Exemption {
  const { now, names, issuer, replaces, renewal, history } = input;
  const { window } = renewal;
  if (replaces !== undefined && window !== undefined && window.start <= now && now < window.end) {
    return 'all';
  }
  const isRenewal = history.some(
    (issuance) =>
      issuance.issuer === issuer &&
      now.getTime() - issuance.issuedAt.getTime() < SAME_NAMES_MS &&
      sameNames(issuance.names, names),
  );
  return isRenewal ? 'same-names' : 'none';
}

function draws(scopes: readonly string[], limit: BucketLimit | undefined): BudgetDraw[] {
  return limit === undefined ? [] : scopes.map((scope) => ({ scope, limit }));
}
