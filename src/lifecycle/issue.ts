/**
 * Issues a certificate for a set of names, and keeps it managed from then on.
 *
 * @module
 */
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { MINUTE_MS, after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { newId } from '../core/id.ts';
import { type Name, displayName, nameSet, parseName } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';
import { attend, judge } from './attend.ts';
import { changeCertificate } from './change-certificate.ts';
import type { LifecycleContext } from './context.ts';
import type { Wish } from './planner/input.ts';
import { readSupplied, withKeyOf } from './supplied-csr.ts';
import { type CertificateView, viewCertificate } from './view.ts';
import type { CertificateRecord } from '../store/records.ts';

const FIRST_ATTEMPT_MS = 5 * MINUTE_MS;

export type SpecDefaults = Omit<CertificateSpec, 'names' | 'csr'>;

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
): Promise<IssueResult> {
  const supplied = request.csr === undefined ? undefined : await readSupplied(request.csr, request);
  const names = supplied?.names ?? parseNames(request.names);
  const existing = await context.store.certificates.findByNames(names);
  // An import names no issuer that could be asked.
  const before = existing?.source === 'imported' ? undefined : existing?.spec;
  const spec = withKeyOf(supplied, request, { ...defaults, ...before, ...request.wanted, names });
  if (existing !== undefined) refuseConfigured(existing, spec);
  await checkSpec(context, spec);
  if (request.isDryRun) return plan(context, existing, spec, wishOf(request));

  const certificate = await ensureManaged(context, existing, spec);
  const options = { wish: wishOf(request), patience: 'wait', report } as const;
  const attended = await attend(context, certificate.id, options, signal);
  const { decision } = attended;
  return {
    outcome: decision.action === 'issue' ? 'issued' : 'unchanged',
    reason: decision.reason,
    message: decision.message,
    certificate: viewCertificate(context.clock, attended.certificate, attended.issuance),
  };
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

function refuseConfigured(existing: CertificateRecord, spec: CertificateSpec): void {
  const isConfigured = existing.source === 'file' || existing.source === 'endpoint';
  if (!isConfigured || isSameSpec(existing.spec, spec)) return;
  const shown = spec.names.map(displayName).join(', ');
  throw new AppError('certificate/conflict', `${shown} is managed by the configuration file`, {
    mend: 'Change it there, and run the command without these options.',
  });
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
  existing: CertificateRecord | undefined,
  spec: CertificateSpec,
): Promise<CertificateRecord> {
  const { store, clock } = context;
  if (existing === undefined) {
    const now = clock.now();
    // A running scheduler leaves the first attempt to the person who waits for it.
    const nextActionAt = after(now, FIRST_ATTEMPT_MS);
    const certificate = { ...newCertificate(now, spec, 'added'), nextActionAt };
    try {
      await store.certificates.insert(certificate);
      return certificate;
    } catch (thrown) {
      const first = await store.certificates.findByNames(spec.names);
      if (first === undefined) throw thrown;
      return ensureManaged(context, first, spec);
    }
  }
  const isConfigured = existing.source === 'file' || existing.source === 'endpoint';
  const source = isConfigured ? existing.source : 'added';
  if (existing.source === source && isSameSpec(existing.spec, spec)) return existing;
  return changeCertificate(store, existing.id, (record) => ({ ...record, spec, source }));
}

async function plan(
  { store, clock }: LifecycleContext,
  existing: CertificateRecord | undefined,
  spec: CertificateSpec,
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
