/**
 * Keeps names that lead elsewhere from using up the CA's limits.
 *
 * After some failures in a row a certificate is parked: DNS is looked at once a day, and the CA is
 * asked again when its names lead here. Once a week it is asked all the same, in case our view of
 * DNS is not the CA's.
 *
 * @module
 */
import { DAY_MS, after } from '../core/clock.ts';
import { isAbort } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import { displayName } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';
import type { CertificateRecord, FailureState } from '../store/records.ts';
import { changeCertificate } from './change-certificate.ts';
import type { LifecycleContext } from './context.ts';
import type { Wish } from './planner/input.ts';
import type { Stray } from './preflight/preflight.ts';

const FAILURES_BEFORE = 5;
const LONGEST_MS = 7 * DAY_MS;
const JITTER = 0.1;

/** Only the CA's own look at the name says that it did not find us there. */
const PARKING_CODES: ReadonlySet<ErrorCode> = new Set(['acme/challenge-failed']);

/** Parks a certificate that has failed just now, if it has failed often and a name leads elsewhere. */
export async function parkIfStray(
  context: LifecycleContext,
  { id, spec, failure }: CertificateRecord,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  if (failure === undefined || failure.count < FAILURES_BEFORE) return;
  if (!PARKING_CODES.has(failure.lastError.code)) return;
  const strays = await strayNames(context, spec, signal);
  if (strays.length === 0) return;
  const message = describeStrays(strays);
  await saveFailure(context, id, (current) => ({
    ...current,
    parked: { since: context.clock.now(), message },
  }));
  report({
    step: 'parked',
    message: `parked after ${failure.count} failures: ${message}; asking DNS once a day from now on`,
  });
}

/** Looks at DNS again when that is due; a certificate whose names lead here is free at once. */
export async function unparkIfBack(
  context: LifecycleContext,
  certificate: CertificateRecord,
  wish: Wish,
  report: Reporter,
  signal: AbortSignal,
): Promise<CertificateRecord> {
  const { clock, random, store } = context;
  const { id, spec, failure } = certificate;
  const now = clock.now();
  if (failure?.parked === undefined || wish !== 'none' || failure.retryAt > now) return certificate;

  const strays = await strayNames(context, spec, signal);
  if (strays.length === 0) {
    const shown = spec.names.map(displayName).join(', ');
    report({ step: 'unparked', message: `${shown} no longer leads elsewhere: trying again` });
    return changeCertificate(store, id, ({ failure: _over, ...record }) => record);
  }
  if (after(failure.parked.since, LONGEST_MS) <= now) {
    report({ step: 'unparked', message: `trying once a week although ${describeStrays(strays)}` });
    return saveFailure(context, id, ({ parked: _over, ...current }) => current);
  }
  const retryAt = after(now, Math.round(DAY_MS * (1 + JITTER * random())));
  const message = describeStrays(strays);
  return saveFailure(context, id, (current) => ({
    ...current,
    retryAt,
    parked: { since: current.parked?.since ?? now, message },
  }));
}

async function strayNames(
  { preflight }: LifecycleContext,
  spec: CertificateRecord['spec'],
  signal: AbortSignal,
): Promise<readonly Stray[]> {
  try {
    return await preflight.findStrays(spec, signal);
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    // What cannot be found out parks nobody.
    return [];
  }
}

function saveFailure(
  { store }: LifecycleContext,
  id: string,
  change: (failure: FailureState) => FailureState,
): Promise<CertificateRecord> {
  return changeCertificate(store, id, (record) =>
    record.failure === undefined ? record : { ...record, failure: change(record.failure) },
  );
}

function describeStrays(strays: readonly Stray[]): string {
  return strays.map(({ name, message }) => `${displayName(name)} ${message}`).join(', ');
}
