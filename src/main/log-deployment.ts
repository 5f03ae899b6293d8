/**
 * What the log says of deliveries to targets.
 *
 * @module
 */
import type { DeploymentAttempt } from '../lifecycle/deployment/deploy.ts';
import type { Log } from '../observe/log.ts';

export function logDeployment(attempt: DeploymentAttempt, log: Log | undefined): void {
  const { names, target, outcome, message, error, retryAt } = attempt;
  if (outcome === 'deployed') log?.info({ names, target }, `deployed: ${message}`);
  else {
    const facts = { names, target, code: error?.code, mend: error?.mend, retryAt };
    log?.error(facts, `target ${target} failed: ${message}`);
  }
}
