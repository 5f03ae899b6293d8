/**
 * The operations that have to do with targets, and what targets add to the others.
 *
 * @module
 */
import type { Operations } from '../api/operations.ts';
import { type Paired, paired, pairOf } from '../core/paired.ts';
import { AppError } from '../core/errors.ts';
import {
  type DeploymentAttempt,
  type DeploymentContext,
  deployDue,
  deployTo,
} from '../lifecycle/deployment/deploy.ts';
import { viewDeployments } from '../lifecycle/deployment/view.ts';
import { collectCertificates } from '../lifecycle/list.ts';
import { chosenName, selectCertificates } from '../lifecycle/select.ts';
import type { CertificateView } from '../lifecycle/view.ts';
import type { Reporter } from '../observe/progress.ts';

/**
 * `operations` with what targets have, and `deploy`. Issuing and renewing also bring what is new to
 * its targets, after all else is done, so that whoever asked is told; where no daemon does it,
 * what failed earlier is tried again when nobody is named: that is how cron calls us.
 */
export function withDeployments(
  operations: Omit<Operations, 'deploy'>,
  context: DeploymentContext,
  isDaemon: boolean,
): Operations {
  const { store } = context;

  async function withTargets<View extends CertificateView>(view: View): Promise<View> {
    const certificate = await store.certificates.find(view.id);
    if (certificate === undefined) return view;
    const records = await store.deployments.ofCertificate(view.id);
    const deployments = viewDeployments(context.targets(), certificate, records);
    return deployments.length === 0 ? view : { ...view, deployments };
  }

  async function bring(
    views: readonly CertificateView[],
    isEverything: boolean,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<void> {
    if (!context.targets().isUsed) return;
    const certificates = isEverything ? await collectCertificates(store) : await recordsOf(views);
    const attempts = await deployDue(context, certificates, signal);
    for (const attempt of attempts) tell(attempt, report);
    for (const { id } of views) {
      for (const { target, failure } of await store.deployments.ofCertificate(id)) {
        const isTold = attempts.some((one) => one.certificateId === id && one.target === target);
        if (failure === undefined || isTold) continue;
        // The daemon was faster.
        tell({ outcome: 'failed', target, message: failure.error.message }, report);
      }
    }
  }

  async function recordsOf(views: readonly CertificateView[]) {
    const found = await Promise.all(views.map(({ id }) => store.certificates.find(id)));
    return found.flatMap((certificate) => (certificate === undefined ? [] : [{ certificate }]));
  }

  return {
    ...operations,
    async issue(body, report, signal) {
      const results = await operations.issue(body, report, signal);
      if (body.isDryRun) return results;
      const views = pairOf(results).map(({ certificate }) => certificate);
      await bring(views, false, report, signal);
      return mapPaired(results, async (result) => ({
        ...result,
        certificate: await withTargets(result.certificate),
      }));
    },
    async renew(body, report, signal) {
      const results = await operations.renew(body, report, signal);
      const shown: typeof results = [];
      const views = results.flatMap(({ certificate }) => certificate ?? []);
      await bring(views, 'every' in body && !isDaemon, report, signal);
      for (const result of results) {
        const { certificate } = result;
        shown.push(
          certificate === undefined
            ? result
            : { ...result, certificate: await withTargets(certificate) },
        );
      }
      return shown;
    },
    async list(body, report, signal) {
      const views = await operations.list(body, report, signal);
      const records = Map.groupBy(await store.deployments.list(), (one) => one.certificateId);
      const targets = context.targets();
      if (!targets.isUsed && records.size === 0) return views;
      const all = await collectCertificates(store);
      const certificates = new Map(all.map(({ certificate }) => [certificate.id, certificate]));
      return views.map((view) => {
        const certificate = certificates.get(view.id);
        if (certificate === undefined) return view;
        const deployments = viewDeployments(targets, certificate, records.get(view.id) ?? []);
        return deployments.length === 0 ? view : { ...view, deployments };
      });
    },
    async show(body, report, signal) {
      return mapPaired(await operations.show(body, report, signal), withTargets);
    },
    async deploy({ target, ...choice }, report, signal) {
      const attempts: DeploymentAttempt[] = [];
      for (const selected of await selectCertificates(store, choice)) {
        if (selected === undefined) continue;
        const { certificate } = selected;
        if (certificate.issuanceId === undefined) {
          const name = chosenName(choice, certificate);
          throw new AppError('certificate/not-found', `nothing has been issued for ${name} yet`, {
            mend: 'Run `certctl show` to see what is waited for.',
          });
        }
        const assigned = context.targets().assignedTo(certificate);
        for (const one of target === undefined ? assigned : [target]) {
          const attempt = await deployTo(context, certificate.id, one, 'anyway', signal);
          if (attempt === undefined) continue;
          attempts.push(attempt);
          tell(attempt, report);
        }
      }
      return attempts;
    },
  };
}

async function mapPaired<T extends object>(
  said: Paired<T>,
  change: (one: T) => Promise<T>,
): Promise<Paired<T>> {
  const [first, second] = pairOf<T>(said);
  return paired(
    await change(first ?? said),
    second === undefined ? undefined : await change(second),
  );
}

function tell(
  { outcome, target, message }: Pick<DeploymentAttempt, 'outcome' | 'target' | 'message'>,
  report: Reporter,
): void {
  if (outcome === 'deployed') report({ step: 'deployed', message: `${target}: ${message}` });
  else report({ step: 'warning', message: `target ${target} failed: ${message}` });
}
