/**
 * Which events a change at a target makes: a function of the record before and after.
 *
 * @module
 */
import type { NewEvent } from '../observe/events/event.ts';
import { bounded, failureOf } from '../observe/events/fields.ts';
import type { DeploymentRecord } from './deployments.ts';
import type { IssuanceRecord } from './records.ts';

export function eventsOfDeployment(
  before: DeploymentRecord | undefined,
  after: DeploymentRecord,
  findIssuance: (id: string) => IssuanceRecord | undefined,
): NewEvent[] {
  const { certificateId, target, deployed, failure } = after;
  const about = (issuanceId: string) => {
    const issuance = findIssuance(issuanceId);
    if (issuance === undefined) return { certificateId, names: [], data: { target } };
    const { names, issuer, serial } = issuance;
    return { certificateId, names, data: { target, issuer, serial } };
  };
  const events: NewEvent[] = [];
  if (deployed !== undefined && deployed.at.getTime() !== before?.deployed?.at.getTime()) {
    const { data, ...rest } = about(deployed.issuanceId);
    const message = bounded(deployed.message);
    events.push({ type: 'target.deployed.v1', ...rest, data: { ...data, message } });
  }
  if (failure !== undefined && failure.at.getTime() !== before?.failure?.at.getTime()) {
    const { data, ...rest } = about(failure.issuanceId);
    const failed = {
      error: failureOf(failure.error),
      failures: failure.count,
      retryAt: failure.retryAt.toISOString(),
    };
    events.push({ type: 'target.failed.v1', ...rest, data: { ...data, ...failed } });
  }
  return events;
}
