/**
 * Certificates as people and programs see them: plain JSON, the same from store and daemon.
 *
 * @module
 */
import type { EventView } from '../observe/events/event.ts';
import type { Clock } from '../core/clock.ts';
import type { WireError } from '../core/error-wire.ts';
import { describeChain } from '../pki/chain.ts';
import type { CertificateStatus } from '../store/inventory.ts';
import type { CertificateRecord, CertificateSource, IssuanceRecord } from '../store/records.ts';
import type { Decision } from './planner/input.ts';
import { judge } from './attend.ts';
import type { DeploymentView } from './deployment/view.ts';
import { retryInstant } from './planner/back-off.ts';
import type { ServedView } from './watch/served-view.ts';

export interface CertificateView {
  readonly id: string;
  /** Increases with every change of its record. */
  readonly revision: number;
  readonly names: readonly string[];
  readonly status: CertificateStatus;
  readonly source: CertificateSource;
  readonly issuers: readonly string[];
  readonly challenges: readonly string[];
  readonly dns?: string;
  readonly keyType: string;
  readonly profile?: string;
  readonly preferredChain?: string;
  readonly reuseKey?: boolean;
  /** True where a signing request from elsewhere is signed: the key is not here. */
  readonly isKeyElsewhere?: boolean;
  readonly current?: IssuanceView;
  readonly next: NextView;
  /** Where it is brought to, in that order; absent when nowhere. */
  readonly deployments?: readonly DeploymentView[];
  readonly waiting?: WaitView;
  readonly failure?: {
    readonly count: number;
    /** The first of them, and the last. */
    readonly since: string;
    readonly at: string;
    readonly retryAt: string;
    readonly error: WireError;
    /** What DNS says while the CA is not asked. */
    readonly parked?: { readonly since: string; readonly message: string };
  };
}

export interface IssuanceView {
  readonly issuer: string;
  readonly serial: string;
  readonly fingerprint256: string;
  readonly keyType: string;
  readonly profile?: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuedAt: string;
  readonly revokedAt?: string;
  readonly revocationReason?: string;
}

export interface ChainMemberView {
  /** Common name and organization, as far as they are there. */
  readonly subject: string;
  readonly issuer: string;
  /** Absent for one of another type than certctl makes. */
  readonly keyType?: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

/** The limit or pause that keeps it from being ordered. */
export interface WaitView {
  readonly scope: string;
  readonly message: string;
  /** Absent: until a person tries again. */
  readonly until?: string;
  /** Where the CA lets a person lift its pause. */
  readonly url?: string;
}

/** What the planner says, in the same words everywhere. */
export interface NextView {
  readonly action: Decision['action'];
  readonly reason: string;
  readonly message: string;
  readonly at?: string;
}

export interface CertificateDetail extends CertificateView {
  readonly renewal?: {
    readonly windowStart: string;
    readonly windowEnd: string;
    readonly renewAt?: string;
    readonly explanationUrl?: string;
  };
  readonly chainPem?: string;
  /** What is in it, leaf first. */
  readonly chain?: readonly ChainMemberView[];
  /** Where clients get something else; absent where the self-check found nothing. */
  readonly served?: readonly ServedView[];
  /** The newest first, the current one included. */
  readonly history: readonly IssuanceView[];
  readonly order?: { readonly url?: string; readonly reason: string; readonly since: string };
  /** The last ones, the newest first. */
  readonly events: readonly EventView[];
}

export function viewCertificate(
  clock: Clock,
  certificate: CertificateRecord,
  issuance: IssuanceRecord | undefined,
): CertificateView {
  const { spec, failure } = certificate;
  const decision = judge({ clock }, certificate, issuance);
  const waiting = viewWait(clock.now(), certificate);
  return {
    id: certificate.id,
    revision: certificate.revision,
    names: spec.names,
    status: statusOf(clock.now(), certificate, issuance),
    source: certificate.source,
    issuers: spec.issuers,
    challenges: spec.challenges,
    keyType: spec.keyType,
    ...(spec.dns === undefined ? {} : { dns: spec.dns }),
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
    ...(spec.preferredChain === undefined ? {} : { preferredChain: spec.preferredChain }),
    ...(spec.reuseKey === true ? { reuseKey: true } : {}),
    ...(spec.csr === undefined ? {} : { isKeyElsewhere: true }),
    ...(issuance === undefined ? {} : { current: viewIssuance(issuance) }),
    next: nextOf(decision, waiting),
    ...(waiting === undefined ? {} : { waiting }),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            count: failure.count,
            since: (failure.since ?? failure.lastErrorAt).toISOString(),
            at: failure.lastErrorAt.toISOString(),
            retryAt: retryInstant(failure, issuance).toISOString(),
            error: failure.lastError,
            ...(failure.parked === undefined
              ? {}
              : { parked: { ...failure.parked, since: failure.parked.since.toISOString() } }),
          },
        }),
  };
}

export function viewIssuance(issuance: IssuanceRecord): IssuanceView {
  const { issuer, serial, fingerprint256, keyType, profile, revokedAt, revocationReason } =
    issuance;
  return {
    issuer,
    serial,
    fingerprint256,
    keyType,
    ...(profile === undefined ? {} : { profile }),
    notBefore: issuance.notBefore.toISOString(),
    notAfter: issuance.notAfter.toISOString(),
    issuedAt: issuance.issuedAt.toISOString(),
    ...(revokedAt === undefined ? {} : { revokedAt: revokedAt.toISOString() }),
    ...(revocationReason === undefined ? {} : { revocationReason }),
  };
}

export function viewChain(
  chainPem: string,
): Required<Pick<CertificateDetail, 'chainPem' | 'chain'>> {
  const chain = describeChain(chainPem).map(
    ({ subject, issuer, keyType, notBefore, notAfter }): ChainMemberView => ({
      subject,
      issuer,
      ...(keyType === undefined ? {} : { keyType }),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    }),
  );
  return { chainPem, chain };
}

export function viewDecision(decision: Decision): NextView {
  const { action, reason, message } = decision;
  const until = decision.action === 'wait' ? decision.until : undefined;
  return { action, reason, message, ...(until === undefined ? {} : { at: until.toISOString() }) };
}

function viewWait(now: Date, { waiting }: CertificateRecord): WaitView | undefined {
  if (waiting === undefined) return undefined;
  const { scope, message, until, url } = waiting;
  if (until !== undefined && until <= now) return undefined;
  return {
    scope,
    message,
    ...(until === undefined ? {} : { until: until.toISOString() }),
    ...(url === undefined ? {} : { url }),
  };
}

/** What is due and has to wait is not done now. */
function nextOf(decision: Decision, waiting: WaitView | undefined): NextView {
  if (decision.action === 'wait' || waiting === undefined) return viewDecision(decision);
  const { message, until } = waiting;
  return {
    action: 'wait',
    reason: 'waiting',
    message: `${decision.message}; ${message}`,
    ...(until === undefined ? {} : { at: until }),
  };
}

function statusOf(
  now: Date,
  { failure, waiting }: CertificateRecord,
  issuance: IssuanceRecord | undefined,
): CertificateStatus {
  // Without an end only a person gets it going again.
  const isFailing = failure !== undefined || (waiting !== undefined && waiting.until === undefined);
  if (issuance === undefined) return isFailing ? 'failing' : 'pending';
  if (issuance.revokedAt !== undefined) return 'revoked';
  if (issuance.notAfter <= now) return 'expired';
  return isFailing ? 'failing' : 'valid';
}
