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
import { selectCertificates } from '../lifecycle/select.ts';
import type { CertificateView } from '../lifecycle/view.ts';
import type { Reporter } from '../observe/progress.ts';

/**
 * `operations` with what targets have, and `deploy`. Where no daemon does it, issuing and renewing
 * also bring what is new to its targets, after all else is done.
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

  /** What failed earlier is tried again when nobody is named: that is how cron calls us. */
  async function bring(
    views: readonly CertificateView[] | 'everything',
    report: Reporter,
    signal: AbortSignal,
  ): Promise<void> {
    if (isDaemon || !context.targets().isUsed) return;
    const all = await collectCertificates(store);
    const ids = views === 'everything' ? undefined : new Set(views.map(({ id }) => id));
    const wanted = all.filter(({ certificate }) => ids?.has(certificate.id) ?? true);
    for (const attempt of await deployDue(context, wanted, signal)) tell(attempt, report);
  }

  return {
    ...operations,
    async issue(body, report, signal) {
      const results = await operations.issue(body, report, signal);
      if (body.isDryRun) return results;
      const views = pairOf(results).map(({ certificate }) => certificate);
      await bring(views, report, signal);
      return mapPaired(results, async (result) => ({
        ...result,
        certificate: await withTargets(result.certificate),
      }));
    },
    async renew(body, report, signal) {
      const results = await operations.renew(body, report, signal);
      const shown: typeof results = [];
      const views = results.flatMap(({ certificate }) => certificate ?? []);
      await bring('every' in body ? 'everything' : views, report, signal);
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
    async deploy({ name, keyAlgorithm, target }, report, signal) {
      const attempts: DeploymentAttempt[] = [];
      for (const selected of await selectCertificates(store, { name, keyAlgorithm })) {
        if (selected === undefined) continue;
        const { certificate } = selected;
        if (certificate.issuanceId === undefined) {
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

function tell({ outcome, target, message }: DeploymentAttempt, report: Reporter): void {
  if (outcome === 'deployed') report({ step: 'deployed', message: `${target}: ${message}` });
  else report({ step: 'warning', message: `target ${target} failed: ${message}` });
}
