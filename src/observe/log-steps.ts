/**
 * The steps of a long operation in the log.
 *
 * @module
 */
import type { Log } from './log.ts';
import type { ProgressStep, Reporter } from './progress.ts';

/** Steps that operators want to hear of; the others are for who looks for a fault. */
const LEVELS: { readonly [step in ProgressStep]?: 'info' | 'warn' } = {
  'order-created': 'info',
  'order-resumed': 'info',
  stored: 'info',
  revoked: 'info',
  parked: 'warn',
  unparked: 'info',
};

/** @param report hears of them, too. */
export function logSteps(log: Log, report: Reporter = () => {}): Reporter {
  return (progress) => {
    const { step, message } = progress;
    log[LEVELS[step] ?? 'debug']({ step }, message);
    report(progress);
  };
}
