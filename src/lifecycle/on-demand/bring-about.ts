/**
 * Makes a certificate for a name that had none, if store, limits and permission allow it.
 *
 * @module
 */
import { SECOND_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import type { Name } from '../../core/names.ts';
import type { CertificateRecord } from '../../store/records.ts';
import { attend } from '../attend.ts';
import { changeCertificate } from '../change-certificate.ts';
import type { LifecycleContext } from '../context.ts';
import { type SpecDefaults, newCertificate, specsFor } from '../issue.ts';
import { matchKeys } from '../pair.ts';
import type { Permissions } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { onDemandDraws, onDemandNameScope } from './scopes.ts';
import type { OnDemandSettings } from './settings.ts';

export interface NewName {
  readonly name: Name;
  readonly settings: OnDemandSettings;
  readonly clientAddress: string | undefined;
  readonly defaults: SpecDefaults;
}

/** A running scheduler leaves the first attempt to the client who waits for it. */
const FIRST_ATTEMPT_MS = 5 * MINUTE_MS;
/** An instant that has come already is no reason to look again at once. */
const SHORTEST_REFUSAL_MS = SECOND_MS;

/**
 * @returns why there is none now, and until when. @throws `permission/unavailable`, faults of the
 * store, and the reason of `signal`.
 */
export async function bringAbout(
  context: LifecycleContext,
  permissions: Permissions,
  work: NewName,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { name, settings } = work;
  const { store, clock } = context;
  const refuse = (reason: string, until?: Date): Refusal => {
    const usual = after(clock.now(), settings.refusedMs);
    const least = after(clock.now(), SHORTEST_REFUSAL_MS);
    return { reason, until: until === undefined ? usual : until > least ? until : least };
  };
  const [pause] = await store.budgets.findPauses([onDemandNameScope(name)], clock.now());
  if (pause !== undefined) return refuse(pause.reason, pause.until);

  const there = await store.certificates.withNames([name]);
  const managed = there.find(({ source }) => source === 'on-demand');
  if (managed !== undefined) return bringForward(context, managed, refuse, signal);
  const other = await otherwiseManaged(context, name);
  if (other !== undefined) return refuse(`it is managed otherwise (${other})`);

  const draws = onDemandDraws(name, settings);
  const asked = draws.map((draw) => ({ ...draw, isOnlyAsked: true }));
  const isExhausted = 'the limit of onDemand for new names is reached';
  // Whoever asks in vain is not to make the permission URL answer.
  const early = await store.budgets.take(asked, clock.now());
  if (early !== undefined) return refuse(isExhausted, early.retryAt);
  const { permission } = settings;
  if (permission !== undefined) {
    const question = { name, clientAddress: work.clientAddress };
    const verdict = await permissions.find(permission, question, signal);
    if (verdict === 'refused') return refuse('the permission URL refuses it');
  }
  const late = await store.budgets.take(draws, clock.now());
  if (late !== undefined) return refuse(isExhausted, late.retryAt);
  const certificate = await insert(context, work, there);
  return bringForward(context, certificate, refuse, signal);
}

/** The source of a certificate that somebody else looks after, which may not be valid yet. */
async function otherwiseManaged({ store }: LifecycleContext, name: Name) {
  const covering = await store.certificates.covering(name);
  return covering
    .map(({ certificate }) => certificate.source)
    .find((source) => source === 'file' || source === 'endpoint' || source === 'added');
}

/** One for each of the usual key types, or those of before; returns the first. */
async function insert(
  { store, clock }: LifecycleContext,
  { name, defaults }: NewName,
  there: readonly CertificateRecord[],
): Promise<CertificateRecord> {
  const now = clock.now();
  const nextActionAt = after(now, FIRST_ATTEMPT_MS);
  const records: CertificateRecord[] = [];
  for (const { wanted: spec, existing } of matchKeys(specsFor(defaults, [name]), there)) {
    if (existing === undefined) {
      const record = { ...newCertificate(now, spec, 'on-demand'), nextActionAt };
      await store.certificates.insert(record);
      records.push(record);
    } else {
      const change = { source: 'on-demand', spec, nextActionAt, updatedAt: now } as const;
      const renewed = ({ failure: _old, ...record }: CertificateRecord) => ({
        ...record,
        ...change,
      });
      records.push(await changeCertificate(store, existing.id, renewed));
    }
  }
  const [first] = records;
  if (first === undefined) throw new TypeError('certificates of no key type');
  return first;
}

async function bringForward(
  context: LifecycleContext,
  { id, issuanceId }: CertificateRecord,
  refuse: (reason: string, until?: Date) => Refusal,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { store } = context;
  try {
    const options = { wish: 'none', patience: 'wait', report: () => undefined } as const;
    const { decision } = await attend(context, id, options, signal);
    if (decision.action === 'issue') return undefined;
    // Another process may have been faster.
    const now = await store.certificates.find(id);
    if (now?.issuanceId !== undefined && now.issuanceId !== issuanceId) return undefined;
    return refuse(decision.message, decision.until);
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const error = toAppError(thrown);
    if (error.code === 'permission/unavailable') throw error;
    const failed = await store.certificates.find(id);
    return refuse(error.message, failed?.nextActionAt);
  }
}
