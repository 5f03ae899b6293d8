/**
 * An order at the issuer's staging directory before another one at the real one: limits there are
 * wide, and what failed once is likely to fail again.
 *
 * @module
 */
import { isStanding, methodsFor } from '../challenges/methods.ts';
import type { CertificateSpec, ChallengeType } from '../core/certificate-spec.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import type { Issuer } from '../issuers/issuer.ts';
import type { CertificateRecord, OrderRecord } from '../store/records.ts';
import type { LifecycleContext } from './context.ts';
import { isFaultOfIssuer } from './failover.ts';
import { openJournal } from './journal.ts';
import { ENDS_ORDER, type OrderWork, finishOrder } from './order-work.ts';
import { traceOrder } from './trace-order.ts';

/** True after an attempt whose order the CA ended. */
export function isRehearsalDue({ failure, spec }: CertificateRecord, issuer: Issuer): boolean {
  return (
    issuer.rehearsal !== undefined &&
    failure !== undefined &&
    ENDS_ORDER.has(failure.lastError.code) &&
    challengesOfRehearsal(spec).length > 0
  );
}

/** A standing record names the account at the real directory: none where a name needs that. */
function challengesOfRehearsal({ names, challenges }: CertificateSpec): readonly ChallengeType[] {
  const others = challenges.filter((type) => !isStanding(type));
  return names.every((name) => methodsFor(name, others).length > 0) ? others : [];
}

/**
 * Resolves when the order succeeded; also when the staging directory itself is at fault, which must
 * not cost a certificate.
 * @throws what production would have answered.
 */
export function rehearse(
  context: LifecycleContext,
  work: OrderWork,
  order: OrderRecord,
  signal: AbortSignal,
): Promise<void> {
  return traceOrder(context, order, () => rehearseAlone(context, work, order, signal));
}

async function rehearseAlone(
  context: LifecycleContext,
  work: OrderWork,
  order: OrderRecord,
  signal: AbortSignal,
): Promise<void> {
  const { certificate, report } = work;
  const { rehearsal } = await context.issuers.find(order.issuer);
  const journal = openJournal(order, context.store.orders, context.clock);
  const current = (): OrderRecord => ({ ...order, ...journal.entry });
  const challenges = challengesOfRehearsal(certificate.spec);
  // The issuer has lost its staging directory since the order was made, or the challenges changed.
  if (rehearsal === undefined || challenges.length === 0)
    return finishOrder(context, current(), 'abandoned');
  report({ step: 'decided', message: 'the last order failed: rehearsing at staging first' });
  try {
    const { withBudget } = await import('./budget/with-budget.ts');
    const { counted } = rehearsal;
    const budgeted = { ...work, counted, order, journal, predecessor: undefined };
    await withBudget(context, budgeted, signal, (beforeOrder) =>
      rehearsal.obtain(
        {
          ...order.spec,
          ...certificate.spec,
          challenges,
          csr: order.csr,
          journal,
          report,
          beforeOrder,
        },
        signal,
      ),
    );
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const error = toAppError(thrown);
    if (isFaultOfIssuer(error)) {
      report({ step: 'warning', message: `staging cannot be used: ${error.message}` });
      return finishOrder(context, current(), 'abandoned', error);
    }
    if (ENDS_ORDER.has(error.code)) await finishOrder(context, current(), 'failed', error);
    throw error;
  }
  await finishOrder(context, current(), 'rehearsed');
}
