/**
 * Brings certificates to their targets: after each issuance, and again until it has succeeded.
 *
 * What fails here is recorded at the certificate and target, and is nobody else's failure.
 *
 * @module
 */
import { inSpan } from '../../observe/tracing/traced.ts';
import { mapConcurrently } from '../../core/concurrency.ts';
import { toWire, type WireError } from '../../core/error-wire.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { displayName } from '../../core/names.ts';
import { withLease } from '../leases.ts';
import type { LifecycleContext } from '../context.ts';
import type { DeploymentRecord } from '../../store/deployments.ts';
import type { CertificateRecord, IssuanceRecord } from '../../store/records.ts';
import type { CertificateWithIssuance } from '../../store/store.ts';
import type { Delivery } from '../../targets/target.ts';
import { isDue, retryDeploymentAt } from './judge-deployment.ts';
import type { TargetSource } from './target-source.ts';

export interface DeploymentContext extends Pick<
  LifecycleContext,
  'store' | 'keys' | 'clock' | 'random' | 'tracer'
> {
  readonly targets: () => TargetSource;
  /** Told of every attempt after it was recorded: for the log, metrics and events. */
  readonly onAttempt?: (attempt: DeploymentAttempt) => void;
}

export interface DeploymentAttempt {
  readonly certificateId: string;
  readonly names: readonly string[];
  readonly target: string;
  readonly outcome: 'deployed' | 'failed';
  /** What was done there, or why not. */
  readonly message: string;
  readonly error?: WireError;
  readonly retryAt?: string;
}

/** Certificates at once; targets take one after the other. */
const AT_ONCE = 4;

/** Everything that is due of these certificates. */
export async function deployDue(
  context: DeploymentContext,
  certificates: readonly Pick<CertificateWithIssuance, 'certificate'>[],
  signal: AbortSignal,
): Promise<DeploymentAttempt[]> {
  const targets = context.targets();
  const attempts = await mapConcurrently(certificates, AT_ONCE, async ({ certificate }) => {
    const done: DeploymentAttempt[] = [];
    for (const target of targets.assignedTo(certificate)) {
      const made = await deployTo(context, certificate.id, target, 'when-due', signal);
      if (made !== undefined) done.push(made);
    }
    return done;
  });
  return attempts.flat();
}

/**
 * One certificate to one target. Resolves to nothing when there was nothing to do.
 * @throws `target/unknown`
 */
export async function deployTo(
  context: DeploymentContext,
  certificateId: string,
  target: string,
  wish: 'when-due' | 'anyway',
  signal: AbortSignal,
): Promise<DeploymentAttempt | undefined> {
  const { store, clock } = context;
  const configured = context.targets().find(target);
  if (configured === undefined) {
    throw new AppError('target/unknown', `there is no target ${target}`, {
      mend: 'Name one of those below the key targets of the configuration.',
    });
  }
  // First without the lease: mostly there is nothing to do.
  if (wish === 'when-due' && (await readDue(context, certificateId, target)) === undefined) {
    return undefined;
  }
  const lease = {
    leases: store.leases,
    clock,
    name: `target/${target}`,
    subject: `deploying to ${target}`,
    patience: 'wait',
  } as const;
  return withLease(lease, signal, async (held) => {
    const work = await readWork(context, certificateId, target);
    if (work === undefined) return undefined;
    const { settingsDigest } = configured;
    if (wish === 'when-due' && !isDue(work.issuance, settingsDigest, work.record, clock.now())) {
      return undefined;
    }
    return attempt(context, { ...work, target, configured }, held);
  });
}

interface Work {
  readonly certificate: CertificateRecord;
  readonly issuance: IssuanceRecord;
  readonly record: DeploymentRecord | undefined;
}

async function readDue(
  context: DeploymentContext,
  certificateId: string,
  target: string,
): Promise<Work | undefined> {
  const work = await readWork(context, certificateId, target);
  const digest = context.targets().find(target)?.settingsDigest;
  if (work === undefined || digest === undefined) return undefined;
  return isDue(work.issuance, digest, work.record, context.clock.now()) ? work : undefined;
}

async function readWork(
  { store }: DeploymentContext,
  certificateId: string,
  target: string,
): Promise<Work | undefined> {
  const certificate = await store.certificates.find(certificateId);
  if (certificate?.issuanceId === undefined) return undefined;
  const issuance = await store.issuances.find(certificate.issuanceId);
  if (issuance === undefined) return undefined;
  return { certificate, issuance, record: await store.deployments.find(certificateId, target) };
}

interface Attempt extends Work {
  readonly target: string;
  readonly configured: NonNullable<ReturnType<TargetSource['find']>>;
}

async function attempt(
  context: DeploymentContext,
  { certificate, issuance, record, target, configured }: Attempt,
  signal: AbortSignal,
): Promise<DeploymentAttempt> {
  const { store, clock, random, onAttempt } = context;
  const common = {
    certificateId: certificate.id,
    names: certificate.spec.names.map(displayName),
    target,
  };
  let result: DeploymentAttempt;
  try {
    const delivery = await deliveryOf(context, certificate, issuance);
    const span = context.tracer?.start(
      'deployment',
      { 'certctl.certificate.id': certificate.id, 'certctl.target': target },
      { sequelOf: certificate.id },
    );
    const message = await inSpan(span, () => configured.target.deliver(delivery, signal));
    const { settingsDigest } = configured;
    const at = clock.now();
    await store.deployments.save({
      certificateId: certificate.id,
      target,
      deployed: { issuanceId: issuance.id, settingsDigest, message, at },
    });
    result = { ...common, outcome: 'deployed', message };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = toAppError(thrown);
    const at = clock.now();
    // A failure of another issuance says nothing of how long this one has failed.
    const before = record?.failure?.issuanceId === issuance.id ? record.failure.count : 0;
    const count = before + 1;
    const retryAt = retryDeploymentAt(error, count, at, random);
    const wire = toWire(error);
    await store.deployments.save({
      certificateId: certificate.id,
      target,
      ...(record?.deployed === undefined ? {} : { deployed: record.deployed }),
      failure: { count, issuanceId: issuance.id, error: wire, at, retryAt },
    });
    result = {
      ...common,
      outcome: 'failed',
      message: error.message,
      error: wire,
      retryAt: retryAt.toISOString(),
    };
  }
  onAttempt?.(result);
  return result;
}

async function deliveryOf(
  { keys }: DeploymentContext,
  certificate: CertificateRecord,
  issuance: IssuanceRecord,
): Promise<Delivery> {
  const { chainPem, keyType, issuer, serial, fingerprint256, notBefore, notAfter, names } =
    issuance;
  return {
    certificateId: certificate.id,
    names,
    chainPem,
    keyType,
    issuer,
    serial,
    fingerprint256,
    notBefore,
    notAfter,
    ...(issuance.keySecretId === undefined
      ? {}
      : { privateKey: await keys.load(issuance.keySecretId) }),
  };
}
