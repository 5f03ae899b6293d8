/**
 * What targets have, in words.
 *
 * @module
 */
import { fromWire } from '../core/error-wire.ts';
import type { DeploymentView } from '../lifecycle/deployment/view.ts';
import type { CertificateView } from '../lifecycle/view.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Style } from './style.ts';
import { relativeTime } from './time-text.ts';

/** One line a target. */
export function deploymentText(deployment: DeploymentView, style: Style, now: Date): string {
  const { target, state, deployedAt, message, failure } = deployment;
  if (failure !== undefined) {
    const { count, error, retryAt } = failure;
    const times = count === 1 ? '' : ` ${count} times`;
    const mend = error.mend === undefined ? '' : ` ${error.mend}`;
    const before =
      deployedAt === undefined ? '' : `; it has one of ${relativeTime(deployedAt, now)}`;
    return `${target}: ${style.red('failed')}${times}: ${error.message}.${mend} Next attempt ${relativeTime(retryAt, now)}${before}`;
  }
  const when = deployedAt === undefined ? '' : ` ${relativeTime(deployedAt, now)}`;
  const what = message === undefined ? '' : `: ${message}`;
  return `${target}: ${state === 'deployed' ? style.green(state) : style.yellow(state)}${when}${what}`;
}

/** For a table: `2/2`, or how many fail. */
export function deploymentSummary({ deployments = [] }: CertificateView, style: Style): string {
  if (deployments.length === 0) return '-';
  const failing = deployments.filter(({ state }) => state === 'failing').length;
  if (failing > 0) return style.red(`${failing} failing`);
  const current = deployments.filter(({ state }) => state === 'deployed').length;
  return `${current}/${deployments.length}`;
}

/** The exit status of the first target that failed; nothing when none has. */
export function deploymentExit(
  certificates: readonly (CertificateView | undefined)[],
): number | undefined {
  const failed = certificates
    .flatMap((certificate) => certificate?.deployments ?? [])
    .find(({ state }) => state === 'failing')?.failure;
  return failed === undefined ? undefined : exitCodeOf(fromWire(failed.error));
}
