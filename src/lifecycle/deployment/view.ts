/**
 * What people and programs are told of targets.
 *
 * @module
 */
import type { WireError } from '../../core/error-wire.ts';
import type { DeploymentRecord } from '../../store/deployments.ts';
import type { CertificateRecord } from '../../store/records.ts';
import type { TargetSource } from './target-source.ts';

export interface DeploymentView {
  readonly target: string;
  /** `outdated`: it has an earlier issuance, or has it by other settings. */
  readonly state: 'deployed' | 'outdated' | 'pending' | 'failing';
  readonly deployedAt?: string;
  /** What was done there. */
  readonly message?: string;
  readonly failure?: {
    readonly count: number;
    readonly at: string;
    readonly retryAt: string;
    readonly error: WireError;
  };
}

/** Of the assigned targets in their order, then of others that it was brought to by hand. */
export function viewDeployments(
  targets: TargetSource,
  certificate: CertificateRecord,
  records: readonly DeploymentRecord[],
): DeploymentView[] {
  const assigned = targets.assignedTo(certificate);
  const byHand = records.map(({ target }) => target).filter((name) => !assigned.includes(name));
  return [...assigned, ...byHand].map((name) => {
    const record = records.find(({ target }) => target === name);
    return viewDeployment(targets, certificate, name, record);
  });
}

function viewDeployment(
  targets: TargetSource,
  { issuanceId }: CertificateRecord,
  target: string,
  record: DeploymentRecord | undefined,
): DeploymentView {
  const { deployed, failure } = record ?? {};
  return {
    target,
    state: stateOf(targets.find(target)?.settingsDigest, issuanceId, record),
    ...(deployed === undefined
      ? {}
      : { deployedAt: deployed.at.toISOString(), message: deployed.message }),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            count: failure.count,
            at: failure.at.toISOString(),
            retryAt: failure.retryAt.toISOString(),
            error: failure.error,
          },
        }),
  };
}

function stateOf(
  digest: string | undefined,
  issuanceId: string | undefined,
  record: DeploymentRecord | undefined,
): DeploymentView['state'] {
  if (record?.failure !== undefined) return 'failing';
  if (record?.deployed === undefined) return 'pending';
  const { deployed } = record;
  const isCurrent =
    deployed.issuanceId === issuanceId &&
    (digest === undefined || deployed.settingsDigest === digest);
  return isCurrent ? 'deployed' : 'outdated';
}
