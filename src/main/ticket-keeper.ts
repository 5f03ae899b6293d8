/**
 * Rotates the secrets of session tickets while the daemon runs.
 *
 * @module
 */
import { HOUR_MS, MINUTE_MS } from '../core/clock.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import { rotateTicketSecrets, type TicketSecretsContext } from '../lifecycle/ticket-secrets.ts';
import type { Log } from '../observe/log.ts';

export interface TicketKeeper {
  /** The newest first. */
  readonly secrets: readonly string[];
  /** Rotates when it is due until `signal` is aborted; `apply` gives the workers what is new. */
  keep(apply: () => Promise<void>, log: Log, signal: AbortSignal): Promise<void>;
}

/** The wall clock may be set while this sleeps. */
const LOOK_EVERY_MS = HOUR_MS;
const RETRY_MS = MINUTE_MS;

export async function openTicketKeeper(context: TicketSecretsContext): Promise<TicketKeeper> {
  const { clock } = context;
  let current = await rotateTicketSecrets(context);
  /** What the workers have. */
  let applied = current.secrets;

  async function rotate(apply: () => Promise<void>, log: Log): Promise<number> {
    try {
      if (clock.now() >= current.nextAt) current = await rotateTicketSecrets(context);
      if (current.secrets.join() !== applied.join()) {
        await apply();
        applied = current.secrets;
        log.info({}, 'the secrets of session tickets were rotated');
      }
      return Math.min(current.nextAt.getTime() - clock.now().getTime(), LOOK_EVERY_MS);
    } catch (thrown) {
      log.warn({ err: toAppError(thrown) }, 'session ticket secrets could not be rotated');
      return RETRY_MS;
    }
  }

  return {
    get secrets() {
      return current.secrets;
    },
    async keep(apply, log, signal) {
      try {
        for (;;) await clock.sleep(await rotate(apply, log), signal);
      } catch (thrown) {
        if (!isAbort(thrown, signal)) throw thrown;
      }
    },
  };
}
