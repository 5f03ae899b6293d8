/**
 * Keeps targets up to date beside everything else: woken by issuances, and by the clock for retries.
 *
 * @module
 */
import { HOUR_MS, SECOND_MS } from '../../core/clock.ts';
import type { Name } from '../../core/names.ts';
import type { Log } from '../../observe/log.ts';
import type { CertificateWithIssuance } from '../../store/store.ts';
import { collectCertificates } from '../list.ts';
import { startWakefulLoop } from '../wakeful-loop.ts';
import { type DeploymentContext, deployDue } from './deploy.ts';

export interface DeploymentRunner {
  /** Something changed: for these names, or for who knows which. */
  wake(names: readonly Name[] | 'everything'): void;
  /** Waits for what is under way, which is aborted. */
  stop(): Promise<void>;
}

const LONGEST_SLEEP_MS = HOUR_MS;
/** Looking at everything can wait that long, lest changes elsewhere keep us at nothing else. */
const BETWEEN_SWEEPS_MS = 5 * SECOND_MS;
const MOST_RETRIES = 1_000;
/** Beyond this looking at everything is no more work. */
const MOST_NEWS = 1_000;

export function startDeploymentRunner(context: DeploymentContext, log: Log): DeploymentRunner {
  const { store, clock } = context;
  let isEverythingNew = true;
  let sweptAt: Date | undefined;
  const news = new Map<string, readonly Name[]>();

  async function takeUp(signal: AbortSignal): Promise<void> {
    if (!context.targets().isUsed) {
      news.clear();
      isEverythingNew = false;
      return;
    }
    if (isEverythingNew && waitForSweep() === 0) {
      isEverythingNew = false;
      news.clear();
      sweptAt = clock.now();
      await deployDue(context, await collectCertificates(store), signal);
    }
    const named = [...news.values()];
    news.clear();
    for (const names of named) await deployDue(context, await withNames(names), signal);
    const due = await store.deployments.retriesDue(clock.now(), MOST_RETRIES);
    const ids = [...new Set(due.map(({ certificateId }) => certificateId))];
    await deployDue(context, await withIds(ids), signal);
  }

  async function withNames(names: readonly Name[]): Promise<CertificateWithIssuance[]> {
    return (await store.certificates.withNames(names)).map((certificate) => ({ certificate }));
  }

  async function withIds(ids: readonly string[]): Promise<CertificateWithIssuance[]> {
    const found = await Promise.all(ids.map((id) => store.certificates.find(id)));
    return found.flatMap((certificate) => (certificate === undefined ? [] : [{ certificate }]));
  }

  function waitForSweep(): number {
    if (sweptAt === undefined) return 0;
    const rest = sweptAt.getTime() + BETWEEN_SWEEPS_MS - clock.now().getTime();
    // A rest that is longer than any comes of a clock that was set back.
    return rest > BETWEEN_SWEEPS_MS ? 0 : Math.max(0, rest);
  }

  async function untilNext(): Promise<number> {
    if (isEverythingNew) return waitForSweep();
    const now = clock.now();
    // What is due and not done by now is not assigned any more, or failed to be recorded.
    const next = await store.deployments.earliestRetryAt(now);
    const wait = (next?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime();
    return Math.min(Math.max(wait, SECOND_MS), LONGEST_SLEEP_MS);
  }

  const loop = startWakefulLoop({
    failure: 'looking after targets failed',
    takeUp,
    untilNext,
    clock,
    log,
  });
  return {
    wake(names) {
      if (names === 'everything' || news.size >= MOST_NEWS) isEverythingNew = true;
      else news.set(names.join(), names);
      loop.wake();
    },
    stop: () => loop.stop(),
  };
}
