/**
 * What a DNS provider says of itself, for configuration, help and documentation.
 *
 * @module
 */
import type { z } from 'zod';

export interface DnsProviderMetadata<Settings extends z.ZodObject = z.ZodObject> {
  /** The word in the configuration: `provider: cloudflare`. */
  readonly name: string;
  /** One sentence for people. */
  readonly description: string;
  /**
   * What the provider needs to know. Durations are in milliseconds under a key that ends in `Ms`;
   * the configuration file spells them without the suffix and with a unit.
   */
  readonly settingsSchema: Settings;
  /** Keys of the settings whose values are never shown. */
  readonly secrets: readonly string[];
}
