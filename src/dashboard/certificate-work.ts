/**
 * What somebody may have done to a certificate, and how it is said.
 *
 * @module
 */
import type { CertificateDetail, Job } from './answers.ts';
import { post, problemOf } from './client.ts';
import { countText } from './format.ts';
import { may } from './session.ts';

export type Work = 'renew' | 'deploy' | 'revoke';

export const WORK_TITLES: Readonly<Record<Work, string>> = {
  renew: 'Renewal',
  deploy: 'Deployment',
  revoke: 'Revocation',
};

interface Attempt {
  readonly outcome: 'deployed' | 'failed';
}

/** A request that is refused is a job that has failed. */
export async function begin(work: Exclude<Work, 'revoke'>, id: string): Promise<Job> {
  try {
    return await post<Job>(`/v1/certificates/${encodeURIComponent(id)}/${work}`, {});
  } catch (thrown) {
    const at = new Date().toISOString();
    const failed = { operation: work, createdAt: at, steps: [], problem: problemOf(thrown) };
    return { id: `failed-${at}`, state: 'failed', ...failed };
  }
}

/** What came of a job that is done, where its steps do not say it. */
export interface Outcome {
  readonly text: string;
  /** Or only in part. */
  readonly isWhole: boolean;
}

export function outcomeOf(work: Work, { state, result }: Job): Outcome | undefined {
  if (state !== 'done' || work === 'renew') return undefined;
  if (work === 'revoke') return { text: 'The certificate was revoked.', isWhole: true };
  const attempts = result as readonly Attempt[];
  const failed = attempts.filter(({ outcome }) => outcome === 'failed').length;
  const all = countText(attempts.length, 'target');
  if (failed > 0) {
    return { text: `${failed} of ${all} failed; certctl tries again by itself.`, isWhole: false };
  }
  return { text: `${all} ${attempts.length === 1 ? 'has' : 'have'} it.`, isWhole: true };
}

/** What makes sense for the certificate, for whom it is: the API judges anew. */
export function offersFor(certificate: CertificateDetail): {
  readonly [Each in Work | 'remove']: boolean;
} {
  const { current, source, deployments = [] } = certificate;
  const isOperator = may('operator');
  const hasCurrent = isOperator && current !== undefined;
  return {
    renew: isOperator && source !== 'imported',
    deploy: hasCurrent && deployments.length > 0,
    revoke: hasCurrent && current.revokedAt === undefined && source !== 'imported',
    // What the configuration asks for goes with it only.
    remove: isOperator && source !== 'file' && source !== 'endpoint',
  };
}
