/**
 * What a DNS provider says of itself, for configuration, help and documentation.
 *
 * @module
 */
import type { z } from 'zod';

export interface DnsProviderMetadata<Settings extends z.ZodObject = z.ZodObject> {
  /** The word in the configuration: `provider: cloudflare`. */
  readonly name: string;
  /** As the host calls itself. */
  readonly title: string;
  /** One sentence for people. */
  readonly description: string;
  /** Where the host describes its API and how to get a credential. */
  readonly docsUrl: string;
  /** Settings of a typical credential, as the configuration file has them. */
  readonly example: Readonly<Record<string, unknown>>;
  /**
   * What the provider needs to know. Durations are in milliseconds under a key that ends in `Ms`;
   * the configuration file spells them without the suffix and with a unit.
   */
  readonly settingsSchema: Settings;
  /** Keys of the settings whose values are never shown. */
  readonly secrets: readonly string[];
  /** What an operator has to know or do beforehand, a sentence each. */
  readonly notes?: readonly string[];
  /** How long the host's name servers take, where the usual settings are too short for it. */
  readonly propagation?: { readonly timeoutMs?: number; readonly extraWaitMs?: number };
}
