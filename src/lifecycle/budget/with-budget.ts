/**
 * Keeps an order within the limits of its CA.
 *
 * @module
 */
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import { type Name, displayName, findName } from '../../core/names.ts';
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

/** To be called before each new order is created. @throws `budget/exhausted`. */
export type AskLeave = () => Promise<void>;

/**
 * Runs `work` when nothing is paused and every limit has room, lets it order when `AskLeave` allows
 * it, and keeps for others what the CA answers about that.
 *
 * @throws `budget/exhausted`, `budget/paused`, and what `work` throws.
 */
export async function withBudget<T>(
  context: Budgeting,
  budgeted: BudgetedOrder,
  signal: AbortSignal,
  work: (askLeave: AskLeave) => Promise<T>,
): Promise<T> {
  const { counted, order, journal } = budgeted;
  if (counted === undefined) return work(async () => undefined);
  const { store, clock } = context;
  const { names } = order.spec;
  const url = counted.directoryUrl;
  const limits = limitsOf(url, counted.limits);
  const ca = { directoryUrl: url, limits };
  await refuseWhilePaused(context, url, budgeted);
  // Before anything is sent; what counts is asked for again when the order is created.
  if (journal.entry.url === undefined) await draw(context, ca, budgeted, 'only-ask');

  let reserved: readonly BudgetDraw[] = [];
  let charged = journal.entry.failedChallenges?.length ?? 0;
  const charge = (failed: readonly Name[]): Promise<void> =>
    store.budgets.charge(
      failed.flatMap((name) => failureDraws(url, limits, [name])),
      clock.now(),
    );
  const chargeJournaled = async (): Promise<void> => {
    const { failedChallenges = [] } = journal.entry;
    const failed = failedChallenges.slice(charged);
    charged = failedChallenges.length;
    await charge(failed.map(({ name }) => name));
  };
  const askLeave = async (): Promise<void> => {
    // The order before this one has come to nothing.
    await store.budgets.giveBack(reserved, clock.now());
    reserved = [];
    await chargeJournaled();
    reserved = await draw(context, ca, budgeted, 'take');
  };
  try {
    const result = await work(askLeave);
    await store.budgets.refill(nameScopes('consecutive-failures', url, names));
    return result;
  } catch (thrown) {
    const error = toAppError(thrown);
    const isOver = error.code === 'acme/challenge-failed';
    // Limits on certificates count what is issued, and nothing will come of this.
    if (journal.entry.url === undefined || isOver) {
      await store.budgets.giveBack(reserved, clock.now());
    }
    await chargeJournaled();
    if (isAbort(thrown, signal)) throw thrown;
    if (isOver) await charge(failedNames(error));
    const pauses = judgeRefusal(error, { directoryUrl: url, names });
    throw await keepPauses(context, pauses, error, names);
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
  ca: CountedIssuer,
  { order, certificate, predecessor }: BudgetedOrder,
  intent: 'only-ask' | 'take',
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
  const { orders, certificates, failures } = drawsOf({ ...ca, names, exemption });
  const draws = [...orders, ...certificates, ...failures];
  const isOnlyAsked = intent === 'only-ask';
  const shortage = await store.budgets.take(
    isOnlyAsked ? draws.map((each) => ({ ...each, isOnlyAsked })) : draws,
    now,
  );
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

/** Whom the CA could not confirm: all of them where the issuer has looked, else the one it met. */
function failedNames({ context }: AppError): Name[] {
  const { identifier, failedNames: failed = [identifier] } = context;
  return Array.isArray(failed)
    ? failed.flatMap((name) => (typeof name === 'string' ? (findName(name) ?? []) : []))
    : [];
}

function shown(names: readonly Name[]): string {
  return names.map(displayName).join(', ');
}
