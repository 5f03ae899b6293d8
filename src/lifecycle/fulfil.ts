/**
 * One attempt at a certificate: by the interrupted order, or by new ones at each issuer in turn.
 *
 * @module
 */
import { isAbort, toAppError } from '../core/errors.ts';
import type { OrderRecord } from '../store/records.ts';
import type { LifecycleContext } from './context.ts';
import { type IssuerFailure, failureOfAll, isFaultOfIssuer } from './failover.ts';
import {
  type IssuedCertificate,
  type OrderWork,
  complete,
  finishOrder,
  openOrder,
} from './order-work.ts';
import { isRehearsalDue, rehearse } from './rehearsal.ts';

/**
 * Finishes the interrupted order, or a new one, and records the chain. When the CA has forgotten
 * the interrupted order, one new order takes its place. An issuer that cannot do it leaves it to
 * the next one; the next attempt begins with the preferred one again.
 */
export async function fulfil(
  context: LifecycleContext,
  work: OrderWork,
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  const begun = work.unfinished?.issuer;
  const others = work.certificate.spec.issuers.filter((name) => name !== begun);
  const [first, ...rest] = begun === undefined ? others : [begun, ...others];
  if (first === undefined) throw new TypeError('a certificate without issuer');
  try {
    return await issueBy(context, work, first, signal);
  } catch (thrown) {
    const failure = { issuer: first, error: await leave(context, work, thrown, rest[0], signal) };
    return issueByOthers(context, work, [failure], rest, signal);
  }
}

async function issueByOthers(
  context: LifecycleContext,
  work: OrderWork,
  failures: readonly [IssuerFailure, ...IssuerFailure[]],
  [issuer, ...rest]: readonly string[],
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  if (issuer === undefined) throw failureOfAll(failures);
  try {
    return await issueBy(context, work, issuer, signal);
  } catch (thrown) {
    const error = await leave(context, work, thrown, rest[0], signal);
    return issueByOthers(context, work, [...failures, { issuer, error }], rest, signal);
  }
}

async function issueBy(
  context: LifecycleContext,
  work: OrderWork,
  issuerName: string,
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  const { unfinished } = work;
  const isBegun = unfinished?.issuer === issuerName;
  if (isBegun && unfinished.isRehearsal !== true) {
    const issued = await unlessForgotten(work, signal, () =>
      complete(context, work, unfinished, signal),
    );
    if (issued !== undefined) return issued;
  }
  const open = (kind: Pick<OrderRecord, 'isRehearsal'>) =>
    openOrder(context, work, issuerName, kind, signal);
  const hasRehearsed =
    isBegun &&
    unfinished.isRehearsal === true &&
    (await unlessForgotten(work, signal, async () => {
      await rehearse(context, work, unfinished, signal);
      return true;
    }));
  const issuer = await context.issuers.find(issuerName);
  if (hasRehearsed !== true && isRehearsalDue(work.certificate, issuer)) {
    await rehearse(context, work, await open({ isRehearsal: true }), signal);
  }
  return complete(context, work, await open({}), signal);
}

async function unlessForgotten<T>(
  { report }: OrderWork,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (isAbort(thrown, signal) || toAppError(thrown).code !== 'acme/order-failed') throw thrown;
    report({ step: 'warning', message: `${toAppError(thrown).message}; ordering anew` });
    return undefined;
  }
}

/**
 * Ends what was begun at an issuer so that the next one can be asked: a certificate has one
 * unfinished order at most.
 * @returns the failure, where it is the issuer's own. @throws any other one, and an abort.
 */
async function leave(
  context: LifecycleContext,
  { certificate, report }: OrderWork,
  thrown: unknown,
  next: string | undefined,
  signal: AbortSignal,
) {
  const error = toAppError(thrown);
  if (isAbort(thrown, signal) || !isFaultOfIssuer(error)) throw thrown;
  const { issuers } = certificate.spec;
  const order = await context.store.orders.unfinishedOf(certificate.id);
  // What is signed already is only to be fetched: that can wait.
  if (order?.certificateUrl !== undefined) throw thrown;
  const isLast = next === undefined;
  const isWorthKeeping = isLast && (order?.url !== undefined || order?.issuer === issuers[0]);
  if (order !== undefined && !isWorthKeeping) {
    await finishOrder(context, order, 'abandoned', error);
  }
  if (!isLast) report({ step: 'warning', message: `${error.message}; trying ${next} instead` });
  return error;
}
