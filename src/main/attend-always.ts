/**
 * The scheduler's way to look after a certificate: every outcome is logged, none is thrown.
 *
 * @module
 */
import { toAppError } from '../core/errors.ts';
import { attend } from '../lifecycle/attend.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import type { Log } from '../observe/log.ts';
import type { ProgressStep } from '../observe/progress.ts';

/** Steps that operators want to hear of; the others are for who looks for a fault. */
const EVENT_LEVELS: { readonly [step in ProgressStep]?: 'info' | 'warn' } = {
  parked: 'warn',
  unparked: 'info',
};

export function attendAlways(
  context: LifecycleContext,
  log: Log,
): (certificateId: string, signal: AbortSignal) => Promise<void> {
  return async (certificateId, signal) => {
    try {
      const { decision, certificate, issuance } = await attend(
        context,
        certificateId,
        {
          wish: 'none',
          patience: 'none',
          report: ({ step, message }) => {
            const level = EVENT_LEVELS[step] ?? 'debug';
            log[level]({ certificateId, step }, message);
          },
        },
        signal,
      );
      const { names } = certificate.spec;
      const { reason, message } = decision;
      const notAfter = issuance?.notAfter;
      if (decision.action === 'issue') log.info({ names, reason, notAfter }, 'certificate issued');
      else if (reason === 'not-permitted') log.info({ names, reason }, message);
      else log.debug({ names, reason }, message);
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message, mend, retryAt, context: facts } = toAppError(thrown);
      // Somebody else is at it, or has removed it since it was found due.
      if (code === 'lease/held' || code === 'certificate/not-found')
        log.debug({ certificateId }, message);
      else if (code === 'budget/exhausted') log.info({ certificateId, ...facts, retryAt }, message);
      else log.error({ certificateId, code, mend, ...facts, err: thrown }, message);
    }
  };
}
