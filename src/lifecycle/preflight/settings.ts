/**
 * How checks before an order see the world.
 *
 * @module
 */

export interface PreflightSettings {
  /** Ask these (`ip` or `ip:port`) instead of the system's resolvers. */
  readonly resolvers?: readonly string[];
  /** Addresses that lead to this machine although no interface has them. */
  readonly publicAddresses: readonly string[];
}
