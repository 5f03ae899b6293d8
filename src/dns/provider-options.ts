/**
 * What every DNS provider needs besides its settings.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';

export interface ProviderOptions {
  readonly clock: Clock;
  /** Instead of the host's own; tests have a host of theirs. */
  readonly baseUrl?: string;
}
