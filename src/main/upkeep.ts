/**
 * What keeps certificates renewed and brought to their targets while a process runs.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import { changeCertificate } from '../lifecycle/change-certificate.ts';
import { startDeploymentRunner } from '../lifecycle/deployment/runner.ts';
import { type Scheduler, startScheduler } from '../lifecycle/schedule/scheduler.ts';
import type { Log } from '../observe/log.ts';
import { attendAlways } from './attend-always.ts';
import type { Control } from './control.ts';
import { watchForeignChanges } from './foreign-changes.ts';

export interface UpkeepOptions {
  readonly control: Control;
  readonly config: Pick<Config, 'renewal'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface Upkeep {
  readonly scheduler: Pick<Scheduler, 'resweep' | 'wake'>;
  /** Waits for what is under way, which is aborted: it is gone on with later. */
  stop(): Promise<void>;
}

/** Several processes may keep one store: leases leave each piece of work to one of them. */
export function startUpkeep({ control, config, log, signal }: UpkeepOptions): Upkeep {
  const stack = new AsyncDisposableStack();
  const scheduler = startScheduler({
    certificates: control.store.certificates,
    attend: attendAlways(control.context, log),
    clock: control.context.clock,
    log,
    sweep: config.renewal.sweep,
  });
  stack.defer(() => scheduler.stop());
  const runner = startDeploymentRunner(control.deployment, log);
  stack.defer(() => runner.stop());
  stack.defer(
    control.feed.onChanged((change) => {
      scheduler.wake();
      // Reloads and what other processes did are told as everything.
      runner.wake(change === 'everything' ? change : change.names);
    }),
  );
  stack.defer(watchForeignChanges(control.store, () => control.announce('everything')));
  const cleaning = cleanUpBehind(control, log, signal);
  stack.defer(() => cleaning);
  return { scheduler, stop: () => stack.disposeAsync() };
}

/** An order that a killed process left behind is due at once, whatever its certificate says. */
export async function resumeOrders({ store, context }: Control): Promise<void> {
  const nextActionAt = context.clock.now();
  for (const { certificateId } of await store.orders.unfinished()) {
    await changeCertificate(store, certificateId, (record) => ({ ...record, nextActionAt }));
  }
}

/** Beside everything else: a DNS host that does not answer must not hold up the start. */
async function cleanUpBehind(control: Control, log: Log, signal: AbortSignal) {
  try {
    await control.cleanLeftovers(({ step, message }) => {
      if (step === 'warning') log.warn(message);
      else log.info(message);
    }, signal);
  } catch (thrown) {
    if (!isAbort(thrown, signal)) log.error(toAppError(thrown).message);
  }
}
