/**
 * All checks, in the order in which faults explain each other.
 *
 * @module
 */
import {
  type CertificateCheck,
  caaAllows,
  certificateIsFresh,
  clockAgrees,
  issuerAnswers,
  nameLeadsHere,
  portAnswers,
  requestIsPossible,
} from './checks.ts';
import { delegationIsSet } from './delegation-check.ts';
import { persistRecordIsSet } from './persist-record-check.ts';
import type { CertificateFacts, MachineFacts } from './facts.ts';
import type { FaultKind, Finding } from './finding.ts';
import {
  type MachineCheck,
  controlPlaneOpens,
  daemonRuns,
  dataDirectoryIsPrivate,
  databaseIsSound,
  diskHasSpace,
} from './machine-checks.ts';

const CERTIFICATE_CHECKS: readonly CertificateCheck[] = [
  requestIsPossible,
  issuerAnswers,
  clockAgrees,
  nameLeadsHere,
  delegationIsSet,
  persistRecordIsSet,
  portAnswers,
  caaAllows,
  certificateIsFresh,
];

const MACHINE_CHECKS: readonly MachineCheck[] = [
  dataDirectoryIsPrivate,
  diskHasSpace,
  databaseIsSound,
  controlPlaneOpens,
  daemonRuns,
];

export function examineCertificate(facts: CertificateFacts): Finding[] {
  return CERTIFICATE_CHECKS.flatMap((check) => check(facts));
}

export function examineMachine(facts: MachineFacts): Finding[] {
  return MACHINE_CHECKS.flatMap((check) => check(facts));
}

/** The worst of all failures: how this is set up before services, services before what is asked. */
export function worstKind(findings: readonly Finding[]): FaultKind | undefined {
  const kinds = new Set(findings.map(({ kind }) => kind));
  return (['configuration', 'service', 'input'] as const).find((kind) => kinds.has(kind));
}

/** Several certificates share issuers: what was found twice is said once. */
export function withoutRepetitions(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
