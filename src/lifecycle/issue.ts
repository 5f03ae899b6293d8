/**
 * Issues a certificate for a set of names, and keeps it managed from then on.
 *
 * @module
 */
import { type CertificateSpec, type KeyType, keyAlgorithmOf } from '../core/certificate-spec.ts';
import { MINUTE_MS, after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { newId } from '../core/id.ts';
import { type Name, displayName, nameSet, parseName } from '../core/names.ts';
import { type Paired, paired } from '../core/paired.ts';
import type { Reporter } from '../observe/progress.ts';
import { attend, judge } from './attend.ts';
import { changeCertificate } from './change-certificate.ts';
import type { LifecycleContext } from './context.ts';
import { checkPair, matchKeys, sortedPair, withAlgorithm } from './pair.ts';
import type { Wish } from './planner/input.ts';
import { readSupplied, withKeyOf } from './supplied-csr.ts';
import { type CertificateView, viewCertificate } from './view.ts';
import type { CertificateRecord } from '../store/records.ts';

const FIRST_ATTEMPT_MS = 5 * MINUTE_MS;

export interface SpecDefaults extends Omit<CertificateSpec, 'names' | 'keyType' | 'csr'> {
  /** One, or an EC and an RSA key type: a pair of certificates. */
  readonly keyTypes: readonly KeyType[];
}

export interface IssueRequest {
  readonly names: readonly string[];
  /** What was asked for explicitly; everything else stays as it was, or is the default. */
  readonly wanted: Partial<SpecDefaults>;
  /** DER, base64url: to be signed instead of a request of our own, now and at renewals. */
  readonly csr?: string | undefined;
  readonly isForced: boolean;
  /** Only say what would be done. */
  readonly isDryRun: boolean;
}

export interface IssueResult {
  readonly outcome: 'issued' | 'unchanged' | 'planned';
  /** The reason's word and text, as `show` prints it. */
  readonly reason: string;
  readonly message: string;
  readonly certificate: CertificateView;
}

export async function issueCertificate(
  context: LifecycleContext,
  defaults: SpecDefaults,
  request: IssueRequest,
  report: Reporter,
  signal: AbortSignal,
): Promise<Paired<IssueResult>> {
  const works = await worksFor(context, defaults, request);
  const results: IssueResult[] = [];
  if (request.isDryRun) {
    for (const work of works) results.push(await plan(context, work, wishOf(request)));
    return pairedOf(results);
  }
  // Both are managed before the first is ordered: what fails is tried again by the scheduler.
  const certificates: CertificateRecord[] = [];
  for (const work of works) certificates.push(await ensureManaged(context, work, 'caller'));
  const options = { wish: wishOf(request), patience: 'wait', report } as const;
  for (const { id } of certificates) {
    const { decision, certificate, issuance } = await attend(context, id, options, signal);
    results.push({
      outcome: decision.action === 'issue' ? 'issued' : 'unchanged',
      reason: decision.reason,
      message: decision.message,
      certificate: viewCertificate(context.clock, certificate, issuance),
    });
  }
  return pairedOf(results);
}

/** Keeps what is wanted renewed from now on; what is new or changed is due at once. */
export async function manageCertificates(
  context: LifecycleContext,
  defaults: SpecDefaults,
  request: Pick<IssueRequest, 'names' | 'wanted'>,
): Promise<CertificateRecord[]> {
  const works = await worksFor(context, defaults, { ...request, isForced: false, isDryRun: false });
  const certificates: CertificateRecord[] = [];
  for (const work of works) certificates.push(await ensureManaged(context, work, 'scheduler'));
  return certificates;
}

interface IssueWork {
  readonly existing: CertificateRecord | undefined;
  readonly spec: CertificateSpec;
}

/** What the request means for each certificate of its names, checked before anything is written. */
async function worksFor(
  context: LifecycleContext,
  { keyTypes: usualKeyTypes, ...usual }: SpecDefaults,
  request: IssueRequest,
): Promise<IssueWork[]> {
  const supplied = request.csr === undefined ? undefined : await readSupplied(request.csr, request);
  const names = supplied?.names ?? parseNames(request.names);
  const there = await context.store.certificates.withNames(names);
  const { keyTypes: asked = [], ...wanted } = request.wanted;
  checkPair(asked);
  const managed = managedOf(there);
  const keyTypes = [supplied && [supplied.keyType], asked, managed.map(({ spec }) => spec.keyType)];
  const wishes = keyTypes.find((types) => types?.length) ?? usualKeyTypes;
  const works = matchKeys(
    sortedPair(wishes).map((keyType) => ({ keyType })),
    there,
  ).map(({ wanted: key, existing }): IssueWork => {
    // An import names no issuer that could be asked; of a pair, the second is like the first.
    const before = existing?.source === 'imported' ? undefined : (existing ?? managed[0])?.spec;
    const spec = { ...usual, ...before, ...wanted, ...key, names };
    return { existing, spec: withKeyOf(supplied, request, spec) };
  });
  for (const { existing, spec } of works) {
    refuseConfigured(existing, there, spec);
    await checkSpec(context, spec);
  }
  return works;
}

/** What is kept renewed; without any, what once was. */
function managedOf(there: readonly CertificateRecord[]): readonly CertificateRecord[] {
  const own = there.filter(({ source }) => source !== 'imported');
  const renewed = own.filter(({ source }) => source !== 'released');
  return renewed.length > 0 ? renewed : own;
}

function pairedOf([first, second]: readonly IssueResult[]): Paired<IssueResult> {
  if (first === undefined) throw new TypeError('a request for no certificate');
  return paired(first, second);
}

/** The certificate, or the pair, that these defaults give to `names`. */
export function specsFor(
  { keyTypes, ...usual }: SpecDefaults,
  names: readonly Name[],
): CertificateSpec[] {
  return keyTypes.map((keyType) => ({ ...usual, keyType, names }));
}

function wishOf({ isForced }: IssueRequest): Wish {
  return isForced ? 'replace' : 'look';
}

/** The record of a certificate that is new to the store. */
export function newCertificate(
  now: Date,
  spec: CertificateSpec,
  source: CertificateRecord['source'],
): CertificateRecord {
  return {
    id: newId(now),
    spec,
    source,
    renewal: {},
    nextActionAt: now,
    createdAt: now,
    updatedAt: now,
    revision: 1,
  };
}

function parseNames(texts: readonly string[]): Name[] {
  if (texts.length === 0) {
    throw new AppError('usage/invalid', 'no name is given', {
      mend: 'Give at least one name: certctl issue app.example.com',
    });
  }
  return nameSet(texts.map(parseName));
}

async function checkSpec({ issuers }: LifecycleContext, spec: CertificateSpec): Promise<void> {
  for (const name of spec.issuers) (await issuers.find(name)).check(spec);
}

/** Neither changes what the file says, nor adds the other half of a pair to it. */
function refuseConfigured(
  existing: CertificateRecord | undefined,
  there: readonly CertificateRecord[],
  spec: CertificateSpec,
): void {
  const isRefused =
    existing === undefined
      ? there.some(isConfigured)
      : isConfigured(existing) && !isSameSpec(existing.spec, spec);
  if (!isRefused) return;
  const shown = spec.names.map(displayName).join(', ');
  throw new AppError('certificate/conflict', `${shown} is managed by the configuration file`, {
    mend: 'Change it there, and run the command without these options.',
  });
}

function isConfigured({ source }: CertificateRecord): boolean {
  return source === 'file' || source === 'endpoint';
}

/** Compares what is wanted, whatever the order in which it was written down. */
export function isSameSpec(left: CertificateSpec, right: CertificateSpec): boolean {
  return canonical(left) === canonical(right);
}

function canonical(spec: CertificateSpec): string {
  return JSON.stringify(Object.entries(spec).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function ensureManaged(
  context: LifecycleContext,
  { existing, spec }: IssueWork,
  attempter: 'caller' | 'scheduler',
): Promise<CertificateRecord> {
  const { store, clock } = context;
  const now = clock.now();
  if (existing === undefined) {
    // A running scheduler leaves the first attempt to the person who waits for it.
    const nextActionAt = attempter === 'caller' ? after(now, FIRST_ATTEMPT_MS) : now;
    const certificate = { ...newCertificate(now, spec, 'added'), nextActionAt };
    try {
      await store.certificates.insert(certificate);
      return certificate;
    } catch (thrown) {
      const there = await store.certificates.withNames(spec.names);
      const first = withAlgorithm(there, keyAlgorithmOf(spec.keyType));
      if (first === undefined) throw thrown;
      return ensureManaged(context, { existing: first, spec }, attempter);
    }
  }
  const source = isConfigured(existing) ? existing.source : 'added';
  if (existing.source === source && isSameSpec(existing.spec, spec)) return existing;
  return changeCertificate(store, existing.id, (record) => {
    if (attempter === 'caller') return { ...record, spec, source };
    // What failed before was asked for in other words: the new ones get a chance at once.
    const { failure: _old, ...kept } = record;
    return { ...kept, spec, source, nextActionAt: now, updatedAt: now };
  });
}

async function plan(
  { store, clock }: LifecycleContext,
  { existing, spec }: IssueWork,
  wish: Wish,
): Promise<IssueResult> {
  const certificate = { ...(existing ?? newCertificate(clock.now(), spec, 'added')), spec };
  const { issuanceId } = certificate;
  const issuance = issuanceId === undefined ? undefined : await store.issuances.find(issuanceId);
  const decision = judge({ clock }, certificate, issuance, wish);
  return {
    outcome: decision.action === 'issue' ? 'planned' : 'unchanged',
    reason: decision.reason,
    message: decision.message,
    certificate: viewCertificate(clock, certificate, issuance),
  };
}
