/**
 * The scheduler's way to look after a certificate: every outcome is logged, none is thrown.
 *
 * @module
 */
import { toAppError } from '../core/errors.ts';
import { attend } from '../lifecycle/attend.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import type { Log } from '../observe/log.ts';
import { logSteps } from '../observe/log-steps.ts';
import { withTrail } from '../observe/trail.ts';

export function attendAlways(
  context: LifecycleContext,
  log: Log,
): (certificateId: string, signal: AbortSignal) => Promise<void> {
  const report = logSteps(log);
  async function attendOne(certificateId: string, signal: AbortSignal): Promise<void> {
    try {
      const { decision, certificate, issuance } = await attend(
        context,
        certificateId,
        {
          wish: 'none',
          patience: 'none',
          report,
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
      if (code === 'lease/held' || code === 'certificate/not-found') log.debug(message);
      else if (code === 'budget/exhausted') log.info({ ...facts, retryAt }, message);
      else log.error({ code, mend, ...facts, err: thrown }, message);
    }
  }
  return (certificateId, signal) =>
    withTrail({ certificateId }, () => attendOne(certificateId, signal));
}
