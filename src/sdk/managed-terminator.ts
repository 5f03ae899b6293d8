/**
 * What a program does with certctl's own terminator.
 *
 * @module
 */
import type { Counters } from '../terminator/counters.ts';
import type { ListenerSettings } from '../terminator/settings.ts';
import type { TerminatorOptions } from './options.ts';

export interface ManagedTerminator extends AsyncDisposable {
  /** Where it listens, with the ports that were chosen for port 0. */
  addresses(): readonly ListenerSettings[];
  /** Connections, handshakes and refusals since it was created. */
  counters(): Counters;
  /**
   * Applies other options whole, or refuses them whole; connections go on either way.
   *
   * @throws as `createTerminator`; the running options stay.
   */
  configure(options: TerminatorOptions): Promise<void>;
  /** Accepts nothing more, and cuts what has not ended after `drainMs`, usually 30 seconds. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}
