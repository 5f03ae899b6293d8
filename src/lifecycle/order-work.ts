/**
 * One order from its journal to a stored chain.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { type AppError, isAbort, toAppError } from '../core/errors.ts';
import { toWire } from '../core/error-wire.ts';
import { newId } from '../core/id.ts';
import { displayName } from '../core/names.ts';
import type { Issuer, JournalEntry, ObtainRequest } from '../issuers/issuer.ts';
import { traced } from '../observe/tracing/traced.ts';
import type { Reporter } from '../observe/progress.ts';
import { retryConflicts } from './change-certificate.ts';
import { checkChain } from '../pki/check-chain.ts';
import type { LifecycleContext } from './context.ts';
import { issuedChain } from './issued-chain.ts';
import { keyFor, keyOfOrder } from './order-key.ts';
import { openJournal } from './journal.ts';
import type { Wish } from './planner/input.ts';
import { traceOrder } from './trace-order.ts';
import type {
  CertificateRecord,
  IssuanceRecord,
  OrderOutcome,
  OrderRecord,
} from '../store/records.ts';

export interface OrderWork {
  readonly certificate: CertificateRecord;
  readonly reason: string;
  /** The order of an interrupted attempt. */
  readonly unfinished: OrderRecord | undefined;
  /** What the new certificate takes the place of. */
  readonly predecessor: IssuanceRecord | undefined;
  readonly wish: Wish;
  readonly report: Reporter;
}

export interface IssuedCertificate {
  readonly certificate: CertificateRecord;
  readonly issuance: IssuanceRecord;
}

/** After these the CA will not complete the order: a new attempt needs a new one. */
export const ENDS_ORDER: ReadonlySet<AppError['code']> = new Set([
  'acme/order-failed',
  'acme/challenge-failed',
  'acme/challenge-unavailable',
  'acme/name-refused',
  'acme/profile-unavailable',
  'acme/rejected',
  'acme/terms-required',
  'acme/unauthorized',
  'certificate/rejected',
  'issuer/unsupported',
  'name/address-needs-connection',
  'name/invalid',
  'name/wildcard-needs-dns',
  'preflight/caa',
]);

/** True when an interrupted order still leads to what is wanted. */
export function isUsable(order: OrderRecord, { spec }: CertificateRecord): boolean {
  return (
    order.spec.keyType === spec.keyType &&
    order.spec.profile === spec.profile &&
    order.spec.csr?.der === spec.csr?.der &&
    spec.issuers.includes(order.issuer)
  );
}

export function finishOrder(
  { store, clock }: LifecycleContext,
  order: OrderRecord,
  outcome: OrderOutcome,
  error?: AppError,
): Promise<void> {
  const now = clock.now();
  return store.orders.update({
    ...order,
    outcome,
    finishedAt: now,
    updatedAt: now,
    ...(error === undefined ? {} : { error: toWire(error) }),
  });
}

export async function openOrder(
  context: LifecycleContext,
  { certificate, reason, predecessor: current, unfinished }: OrderWork,
  issuerName: string,
  kind: Pick<OrderRecord, 'isRehearsal'>,
  signal: AbortSignal,
): Promise<OrderRecord> {
  const { store, clock } = context;
  const { spec } = certificate;
  // What is thrown away replaces nothing, and has no business with a key that is in use.
  const predecessor = kind.isRehearsal === true ? undefined : current;
  const issuer = await context.issuers.find(issuerName);
  issuer.check(spec);
  signal.throwIfAborted();

  const now = clock.now();
  const id = newId(now);
  const { secret, ...key } = await keyFor(context, id, spec, predecessor);
  const order: OrderRecord = {
    id,
    certificateId: certificate.id,
    issuer: issuerName,
    spec,
    reason,
    ...key,
    answers: [],
    createdAt: now,
    updatedAt: now,
    ...kind,
    ...(canBeReplaced(predecessor, issuerName) ? { replaces: predecessor.ariId } : {}),
    ...(unfinished?.failedChallenges && { failedChallenges: unfinished.failedChallenges }),
  };
  await store.orders.open(order, secret);
  return order;
}

/** RFC 9773 §5: only a certificate of the same issuer can be named as the one replaced. */
function canBeReplaced(
  predecessor: IssuanceRecord | undefined,
  issuer: string,
): predecessor is IssuanceRecord & { ariId: string } {
  return predecessor?.issuer === issuer && predecessor.ariId !== undefined;
}

/** From the journal to the end. */
export function complete(
  context: LifecycleContext,
  work: OrderWork,
  order: OrderRecord,
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  return traceOrder(context, order, () => completeAlone(context, work, order, signal));
}

async function completeAlone(
  context: LifecycleContext,
  work: OrderWork,
  order: OrderRecord,
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  const journal = openJournal(order, context.store.orders, context.clock);
  const lost = lostBefore(context, work, order);
  let mayBeAsked = lost !== undefined;
  try {
    const issuer = await context.issuers.find(order.issuer);
    const privateKey = await keyOfOrder(context.keys, order);
    // With the list of public suffixes, which those who only look need not load.
    const { withBudget } = await import('./budget/with-budget.ts');
    const budgeted = { ...work, counted: issuer.counted, order, journal };
    const obtained = await withBudget(context, budgeted, signal, (askLeave) =>
      issuer.obtain(
        {
          ...order.spec,
          // Whoever mended a challenge setting after a failure wants the same order to use it.
          ...work.certificate.spec,
          csr: order.csr,
          journal,
          ...(lost === undefined ? {} : { lost }),
          report: work.report,
          beforeOrder: async (facts, held) => {
            await traced('preflight', () =>
              context.preflight.beforeOrder(work.certificate.spec, facts, work.report, held),
            );
            await askLeave();
            mayBeAsked = true;
          },
          ...(order.replaces === undefined ? {} : { replaces: order.replaces }),
        },
        signal,
      ),
    );
    return await traced('store', () =>
      record(context, { order, issuer, privateKey, ...obtained }, work.report),
    );
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const error = toAppError(thrown);
    if (ENDS_ORDER.has(error.code)) {
      await finishOrder(context, { ...order, ...journal.entry }, 'failed', error);
    } else if (!mayBeAsked && isUnsettled(journal.entry)) {
      // Nobody needs to look for an order that was never asked for.
      await journal.save({ hasNoOrder: true });
    }
    throw error;
  }
}

/** An order that is gone on with, but not to a URL, may have been created all the same. */
function lostBefore(
  { store }: LifecycleContext,
  { unfinished }: OrderWork,
  order: OrderRecord,
): ObtainRequest['lost'] {
  if (unfinished?.id !== order.id || !isUnsettled(order)) return undefined;
  return { unknownAmong: (urls) => store.orders.unknownAmong(urls) };
}

/** Whether the CA has an order of this journal is not on disk. */
function isUnsettled({ url, hasNoOrder }: JournalEntry): boolean {
  return url === undefined && hasNoOrder !== true;
}

interface Obtained {
  readonly order: OrderRecord;
  readonly issuer: Issuer;
  readonly privateKey: KeyObject;
  readonly chainPem: string;
  readonly profile?: string;
}

async function record(
  { store, clock, onChanged }: LifecycleContext,
  { order, issuer, privateKey, chainPem, profile }: Obtained,
  report: Reporter,
): Promise<IssuedCertificate> {
  const now = clock.now();
  const { names, keyType } = order.spec;
  const chain = checkChain(chainPem, { names, privateKey, now });
  const issuance: IssuanceRecord = {
    id: newId(now),
    certificateId: order.certificateId,
    issuer: issuer.name,
    names,
    keyType,
    ...issuedChain(chain, now),
    ...(order.keySecretId === undefined ? {} : { keySecretId: order.keySecretId }),
    // Not every CA repeats the profile; what was asked for was granted, or the CA had refused.
    ...optionalProfile(profile ?? order.spec.profile),
  };
  const certificate = await retryConflicts(store, order.certificateId, (current) => {
    const { failure: _over, waiting: _done, ...rest } = current;
    const changed = {
      ...rest,
      issuanceId: issuance.id,
      renewal: {},
      nextActionAt: now,
      updatedAt: now,
    };
    return store.issuances.record({ issuance, certificate: changed, orderId: order.id });
  });
  onChanged(names);
  const shown = names.map(displayName).join(', ');
  report({
    step: 'stored',
    message: `certificate for ${shown} stored, valid until ${chain.notAfter.toISOString()}`,
  });
  return { certificate, issuance };
}

function optionalProfile(profile: string | undefined): { readonly profile?: string } {
  return profile === undefined ? {} : { profile };
}
