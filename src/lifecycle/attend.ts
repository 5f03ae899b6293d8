/**
 * Looks after one certificate: decides, and does what was decided.
 *
 * @module
 */
import { HOUR_MS, after } from '../core/clock.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { toWire } from '../core/error-wire.ts';
import type { Decision, Objection, Wish } from './planner/input.ts';
import { withTrail } from '../observe/trail.ts';
import type { Reporter } from '../observe/progress.ts';
import { askRenewalInfo } from './renewal-info.ts';
import { isOnlyWaiting, waitOf } from './budget/wait-of.ts';
import { changeCertificate } from './change-certificate.ts';
import type { LifecycleContext } from './context.ts';
import { decide } from './planner/decide.ts';
import { fencedStore } from './fenced-store.ts';
import { type OrderWork, finishOrder, isUsable } from './order-work.ts';
import { fulfil } from './fulfil.ts';
import { withLease } from './leases.ts';
import { parkIfStray, unparkIfBack } from './parking.ts';
import { withdraw } from './on-demand/order-gate.ts';
import { oneOfPairAtOnce } from './pair.ts';
import { nextAttempt, retryInstant } from './planner/back-off.ts';
import { checkInstant, nextAction } from './planner/next-action.ts';
import type { CertificateRecord, IssuanceRecord, OrderRecord } from '../store/records.ts';

/** A pause that a person lifted by another certificate is found at the next look; the CA is not asked. */
const LOOK_FOR_LIFTED_PAUSE_MS = HOUR_MS;

export interface AttendOptions {
  readonly wish: Wish;
  /** Wait while another process works on the same certificate, or fail with `lease/held`. */
  readonly patience: 'wait' | 'none';
  readonly report: Reporter;
}

export interface Attended {
  readonly certificate: CertificateRecord;
  readonly issuance: IssuanceRecord | undefined;
  /** What was decided, and done when the action is `issue`. */
  readonly decision: Decision;
}

/**
 * Brings the certificate to what it is wanted to be, if it is time. A failure is recorded with the
 * next attempt and then thrown; an abort leaves everything for the next attempt to go on with.
 */
export function attend(
  context: LifecycleContext,
  certificateId: string,
  options: AttendOptions,
  signal: AbortSignal,
): Promise<Attended> {
  return withLease(
    {
      leases: context.store.leases,
      clock: context.clock,
      name: `certificate/${certificateId}`,
      subject: 'working on this certificate',
      patience: options.patience,
      onWait: () => options.report({ step: 'waiting', message: 'another process works on this' }),
    },
    signal,
    (held, fence) => {
      const fenced = { ...context, store: fencedStore(context.store, fence) };
      return withTrail({ certificateId }, () => attendAlone(fenced, certificateId, options, held));
    },
  );
}

async function attendAlone(
  context: LifecycleContext,
  certificateId: string,
  { wish, report }: AttendOptions,
  signal: AbortSignal,
): Promise<Attended> {
  const loaded = await load(context, certificateId);
  const { issuance } = loaded;
  const free = await unparkIfBack(context, loaded.certificate, wish, report, signal);
  const certificate = await refreshIfDue(context, free, issuance, signal);
  const decision = judge(context, certificate, issuance, wish);
  const unfinished = await usableOrder(context, certificate);
  // An open order is somebody's wish already granted: it is finished although nothing is due.
  const goesOn = unfinished !== undefined && decision.reason === 'valid';
  if (decision.action === 'wait' && !goesOn) {
    return { certificate: await schedule(context, certificateId, issuance), issuance, decision };
  }

  const refusal =
    unfinished === undefined ? await refusalOf(context, certificate, wish, signal) : '';
  if (refusal !== '') {
    const withdrawn = await withdraw(context, certificate, issuance, refusal);
    const message = `not ordered: ${refusal}`;
    return {
      certificate: withdrawn,
      issuance,
      decision: { action: 'wait', reason: 'not-permitted', message },
    };
  }
  const { reason, message }: Objection =
    decision.action === 'issue'
      ? decision
      : { reason: 'forced', message: 'an order for a new certificate is unfinished' };
  report({ step: 'decided', message: `issuing: ${message}` });
  const work = { certificate, reason, unfinished, predecessor: issuance, wish, report };
  const issued = await oneOfPairAtOnce(context, certificate, report, signal, (held) =>
    fulfilOrRecord(context, work, held),
  );
  return { ...issued, decision: { action: 'issue', reason, message } };
}

/** Why it must not be ordered; empty where it may. A person's wish needs no leave. */
async function refusalOf(
  context: LifecycleContext,
  certificate: CertificateRecord,
  wish: Wish,
  signal: AbortSignal,
): Promise<string> {
  if (certificate.source !== 'on-demand' || wish !== 'none') return '';
  try {
    const permit = await context.permitOrder?.(certificate, signal);
    if (permit === undefined) return 'nothing is made on demand here';
    return 'refused' in permit ? permit.refused : '';
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const { issuanceId } = certificate;
    const issuance =
      issuanceId === undefined ? undefined : await context.store.issuances.find(issuanceId);
    await recordFailure(context, certificate.id, issuance, toAppError(thrown));
    throw thrown;
  }
}

async function fulfilOrRecord(
  context: LifecycleContext,
  work: OrderWork,
  signal: AbortSignal,
): Promise<Omit<Attended, 'decision'>> {
  const { id } = work.certificate;
  try {
    const { issuance } = await fulfil(context, work, signal);
    const renewal = await askRenewalInfo(context, issuance, {}, signal);
    return { certificate: await schedule(context, id, issuance, { renewal }), issuance };
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const error = toAppError(thrown);
    const failed = await recordFailure(context, id, work.predecessor, error);
    await parkIfStray(context, failed, work.report, signal);
    throw error;
  }
}

/** What the planner says about the certificate at this moment. */
export function judge(
  { clock }: Pick<LifecycleContext, 'clock'>,
  certificate: CertificateRecord,
  issuance: IssuanceRecord | undefined,
  wish: Wish = 'none',
): Decision {
  const { spec, source, renewal, failure } = certificate;
  return decide({ now: clock.now(), spec, source, issuance, renewal, failure, wish });
}

/**
 * Records when the scheduler is to look at the certificate again, and `news` with it. A failure is forgotten when what
 * was attempted is no longer wanted, e.g. a replacement of a valid certificate.
 */
export function schedule(
  context: LifecycleContext,
  certificateId: string,
  issuance: IssuanceRecord | undefined,
  news: Partial<Pick<CertificateRecord, 'renewal'>> = {},
): Promise<CertificateRecord> {
  return changeCertificate(context.store, certificateId, (found) => {
    const record = { ...found, ...news };
    const { nextActionAt: _before, failure, waiting: _over, ...rest } = record;
    const decision = judge(context, record, issuance);
    const nextActionAt = nextAction(decision, record.renewal, context.clock.now());
    return {
      ...rest,
      ...(failure === undefined || decision.reason === 'valid' ? {} : { failure }),
      ...(nextActionAt === undefined ? {} : { nextActionAt }),
      updatedAt: context.clock.now(),
    };
  });
}

async function load(
  { store }: LifecycleContext,
  certificateId: string,
): Promise<{ certificate: CertificateRecord; issuance: IssuanceRecord | undefined }> {
  const certificate = await store.certificates.find(certificateId);
  if (certificate === undefined) {
    throw new AppError(
      'certificate/not-found',
      `the certificate ${certificateId} has been removed`,
    );
  }
  const { issuanceId } = certificate;
  const issuance = issuanceId === undefined ? undefined : await store.issuances.find(issuanceId);
  return { certificate, issuance };
}

async function refreshIfDue(
  context: LifecycleContext,
  certificate: CertificateRecord,
  issuance: IssuanceRecord | undefined,
  signal: AbortSignal,
): Promise<CertificateRecord> {
  const now = context.clock.now();
  const checkAt = checkInstant(certificate.renewal, now);
  if (issuance === undefined || checkAt === undefined || checkAt > now) return certificate;
  // RFC 9773 §4.3: nobody is to ask for a certificate that has expired.
  const renewal =
    issuance.notAfter <= now
      ? {}
      : await askRenewalInfo(context, issuance, certificate.renewal, signal);
  return changeCertificate(context.store, certificate.id, (record) => ({ ...record, renewal }));
}

/** The interrupted order, unless something else is wanted by now. */
async function usableOrder(
  context: LifecycleContext,
  certificate: CertificateRecord,
): Promise<OrderRecord | undefined> {
  const order = await context.store.orders.unfinishedOf(certificate.id);
  if (order === undefined || isUsable(order, certificate)) return order;
  await finishOrder(context, order, 'abandoned');
  return undefined;
}

function recordFailure(
  { store, clock, random }: LifecycleContext,
  certificateId: string,
  issuance: IssuanceRecord | undefined,
  error: AppError,
): Promise<CertificateRecord> {
  const now = clock.now();
  const waiting = waitOf(error);
  const wait = waiting === undefined ? {} : { waiting };
  return changeCertificate(store, certificateId, ({ waiting: _before, ...record }) => {
    if (isOnlyWaiting(error)) {
      const nextActionAt = error.retryAt ?? after(now, LOOK_FOR_LIFTED_PAUSE_MS);
      return { ...record, ...wait, nextActionAt, updatedAt: now };
    }
    const { failure: before } = record;
    const count = (before?.count ?? 0) + 1;
    const retryAt = nextAttempt(error, count, now, random);
    const since = before?.since ?? before?.lastErrorAt;
    const first = since === undefined ? {} : { since };
    const failure = { count, ...first, lastError: toWire(error), lastErrorAt: now, retryAt };
    const nextActionAt = retryInstant(failure, issuance);
    return { ...record, ...wait, failure, nextActionAt, updatedAt: now };
  });
}
