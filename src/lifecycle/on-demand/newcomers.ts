/**
 * How many names that nobody has heard of yet are looked into: of one client, and of all.
 *
 * @module
 */
import { type Clock, MINUTE_MS } from '../../core/clock.ts';
import { type BucketLimit, drawToken } from '../../core/token-bucket.ts';
import { clientNetwork } from '../../core/networks.ts';
import { ExpiringMap } from './expiring-map.ts';

/** One client who enumerates leaves room for the others. */
export const NEW_NAMES_PER_CLIENT: BucketLimit = { count: 20, perMs: MINUTE_MS };
export const NEW_NAMES: BucketLimit = { count: 100, perMs: MINUTE_MS };
const MOST_CLIENTS = 10_000;

export class Newcomers {
  readonly #clock: Clock;
  readonly #clients: ExpiringMap<string, number>;
  #fullAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#clients = new ExpiringMap(clock, MOST_CLIENTS);
  }

  /** True, and counted, while both limits have room. */
  admit(clientAddress: string | undefined): boolean {
    const now = this.#clock.now().getTime();
    const all = drawToken(this.#fullAt, NEW_NAMES, now);
    if (!all.isGranted) return false;
    if (clientAddress !== undefined) {
      const client = clientNetwork(clientAddress);
      const own = drawToken(this.#clients.get(client), NEW_NAMES_PER_CLIENT, now);
      if (!own.isGranted) return false;
      this.#clients.set(client, own.fullAt, new Date(own.fullAt));
    }
    this.#fullAt = all.fullAt;
    return true;
  }
}
