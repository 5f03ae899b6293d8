/**
 * Keeps an order within the limits of its CA.
 *
 * @module
 */
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import { type Name, baseName, displayName, findName } from '../../core/names.ts';
import type { CountedIssuer, JournalEntry } from '../../issuers/issuer.ts';
import type {
  CertificateRecord,
  IssuanceRecord,
  OrderRecord,
  PauseRecord,
} from '../../store/records.ts';
import type { BudgetDraw } from '../../store/budgets.ts';
import type { LifecycleContext } from '../context.ts';
import type { Wish } from '../planner/input.ts';
import { drawsOf, exemptionOf, failureDraws } from './draws.ts';
import { judgeRefusal } from './judge-refusal.ts';
import { limitsOf } from './limits.ts';
import {
  accountScope,
  describeScope,
  directoryScope,
  domainScopes,
  nameScopes,
  nameSetScope,
} from './scopes.ts';

export interface BudgetedOrder {
  /** Absent for an issuer that nobody counts: then nothing is kept. */
  readonly counted: CountedIssuer | undefined;
  readonly order: OrderRecord;
  /** As it is at the moment of asking. */
  readonly journal: { readonly entry: JournalEntry };
  readonly certificate: CertificateRecord;
  readonly predecessor: IssuanceRecord | undefined;
  /** A person's wish lifts pauses that only a person can lift. */
  readonly wish: Wish;
}

type Budgeting = Pick<LifecycleContext, 'store' | 'clock'>;

/**
 * Runs `work`, which asks for the order unless the journal has its URL, when every limit has room
 * for it and nothing is paused; and keeps for others what the CA answers about that.
 *
 * @throws `budget/exhausted`, `budget/paused`, and what `work` throws.
 */
export async function withBudget<T>(
  context: Budgeting,
  budgeted: BudgetedOrder,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { counted, order, journal } = budgeted;
  if (counted === undefined) return work();
  const { budgets } = context.store;
  const { directoryUrl: url } = counted;
  const { names } = order.spec;
  const limits = limitsOf(url, counted.limits);
  await refuseWhilePaused(context, url, budgeted);
  const reserved =
    journal.entry.url === undefined ? await draw(context, { ...counted, limits }, budgeted) : [];
  try {
    const result = await work();
    await budgets.refill(nameScopes('consecutive-failures', url, names));
    return result;
  } catch (thrown) {
    const error = toAppError(thrown);
    const isOver = error.code === 'acme/challenge-failed';
    // Limits on certificates count what is issued, and nothing will come of this.
    if (journal.entry.url === undefined || isOver) {
      await budgets.giveBack(reserved, context.clock.now());
    }
    if (isAbort(thrown, signal)) throw thrown;
    if (isOver) {
      const failed = failureDraws(url, limits, failedNames(error));
      await budgets.charge(failed, context.clock.now());
    }
    throw await keepPauses(
      context,
      judgeRefusal(error, { directoryUrl: url, names }),
      error,
      names,
    );
  }
}

async function refuseWhilePaused(
  { store, clock }: Budgeting,
  url: string,
  { order, journal, wish }: BudgetedOrder,
): Promise<void> {
  const { names } = order.spec;
  const ofNewOrders = [
    accountScope(url),
    ...domainScopes(url, names),
    nameSetScope(url, names),
    ...nameScopes('name', url, names),
  ];
  const isNew = journal.entry.url === undefined;
  const scopes = [directoryScope(url), ...(isNew ? ofNewOrders : [])];
  if (wish !== 'none') await store.budgets.liftPauses(scopes);
  const [pause] = await store.budgets.findPauses(scopes, clock.now());
  if (pause !== undefined) throw pausedError(pause, names);
}

/** @returns what to give back when no certificate comes of it. */
async function draw(
  { store, clock }: Budgeting,
  counted: CountedIssuer,
  { order, certificate, predecessor }: BudgetedOrder,
): Promise<readonly BudgetDraw[]> {
  const now = clock.now();
  const { names } = order.spec;
  const exemption = exemptionOf({
    now,
    names,
    issuer: order.issuer,
    replaces: order.replaces,
    renewal: certificate.renewal,
    history:
      predecessor === undefined ? [] : await store.issuances.ofCertificate(order.certificateId),
  });
  const { orders, certificates, failures } = drawsOf({ ...counted, names, exemption });
  const shortage = await store.budgets.take([...orders, ...certificates, ...failures], now);
  if (shortage === undefined) return certificates;
  const { scope, retryAt } = shortage;
  throw new AppError(
    'budget/exhausted',
    `cannot order a certificate for ${shown(names)}: the limit of ${describeScope(scope)} is reached`,
    {
      mend: 'Wait: certctl serve orders it by itself when the limit allows it.',
      context: { scope },
      retryAt,
    },
  );
}

/** @returns the error that tells the reader what to do. */
async function keepPauses(
  { store, clock }: Budgeting,
  pauses: readonly PauseRecord[],
  error: AppError,
  names: readonly Name[],
): Promise<AppError> {
  const [first] = pauses;
  if (first === undefined) return error;
  for (const pause of pauses) await store.budgets.pause(pause, clock.now());
  if (first.url !== undefined) return pausedError(first, names, error);
  return new AppError(error.code, error.message, {
    mend: error.mend,
    context: { ...error.context, scope: first.scope },
    cause: error.cause,
    retryAt: first.until,
  });
}

function pausedError(pause: PauseRecord, names: readonly Name[], cause?: AppError): AppError {
  const { scope, until, url } = pause;
  const what = describeScope(scope);
  if (until !== undefined) {
    return new AppError(
      'budget/exhausted',
      `cannot order a certificate for ${shown(names)}: the CA wants no ${what} for a while`,
      {
        mend: 'Wait: certctl serve orders it by itself when the CA allows it.',
        context: { scope, reason: pause.reason },
        retryAt: until,
      },
    );
  }
  const visit = url === undefined ? 'Clear this with the CA' : `Visit ${url}`;
  return new AppError(
    'budget/paused',
    `cannot order a certificate for ${shown(names)}: the CA has paused ${what}`,
    {
      mend: `${visit}, and run: certctl renew '${names[0] ?? 'NAME'}'`,
      context: { scope, reason: pause.reason, ...(url === undefined ? {} : { unpauseUrl: url }) },
      cause,
    },
  );
}

/** Whom the CA could not confirm; it names one at a time. */
function failedNames({ context }: AppError): Name[] {
  const { identifier } = context;
  const name = typeof identifier === 'string' ? findName(identifier) : undefined;
  return name === undefined ? [] : [baseName(name)];
}

function shown(names: readonly Name[]): string {
  return names.map(displayName).join(', ');
}
