/**
 * The named DNS credentials of a configuration file, derived from what each provider says of itself.
 *
 * @module
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { MINUTE_MS } from '../core/clock.ts';
import type { DnsProviderMetadata } from '../dns/metadata.ts';
import { DNS_PROVIDERS, type DnsCredentialSettings } from './dns-providers.ts';
import { inFile, isDuration } from './duration-key.ts';
import { duration, flag } from './file-leaves.ts';
import { formatDuration, parseDuration } from './parse-duration.ts';
import { parseListenerAddress } from './parse-endpoint-address.ts';

const USUAL_PROPAGATION = { timeoutMs: 2 * MINUTE_MS, extraWaitMs: 0, check: true } as const;

/** `usual`: what the host needs, where that is known. */
const propagation = (usual: DnsProviderMetadata['propagation']) =>
  z
    .strictObject({
      resolvers: z
        .array(resolver())
        .min(1)
        .max(10)
        .optional()
        .describe("Ask these name servers instead of the zone's own."),
      recursors: z
        .array(resolver())
        .min(1)
        .max(10)
        .optional()
        .describe('Ask these resolvers as well, once the name servers have the record.'),
      timeout: duration()
        .default(formatDuration(usual?.timeoutMs ?? USUAL_PROPAGATION.timeoutMs))
        .describe('Give up when a record is not visible after this time.'),
      extraWait: duration()
        .default(formatDuration(usual?.extraWaitMs ?? USUAL_PROPAGATION.extraWaitMs))
        .describe('Wait this long after every name server has the record.'),
      check: flag()
        .default(USUAL_PROPAGATION.check)
        .describe('false: ask no name server, only wait for extraWait.'),
    })
    .transform(({ timeout, extraWait, ...others }) => ({
      ...others,
      timeoutMs: parseDuration(timeout) ?? 0,
      extraWaitMs: parseDuration(extraWait) ?? 0,
    }));

/** One entry a provider, so that a wrong key is measured by the keys of that provider. */
export const dnsCredential = z.discriminatedUnion('provider', [
  credentialOf(DNS_PROVIDERS[0]),
  ...DNS_PROVIDERS.slice(1).map(credentialOf),
]);

function credentialOf(provider: DnsProviderMetadata) {
  const settings = Object.entries(provider.settingsSchema.shape);
  return z
    .strictObject({
      provider: z.literal(provider.name).describe(provider.description),
      propagation: propagation(provider.propagation)
        .prefault({})
        .describe('How the visibility of records is judged.'),
      ...Object.fromEntries(settings.map(([key, schema]) => [inFile(key), leafOf(key, schema)])),
    })
    .transform(({ provider: name, propagation: judged, ...given }) => {
      const named = settings.flatMap(([key]) => {
        const value = (given as Record<string, unknown>)[inFile(key)];
        if (value === undefined) return [];
        return [[key, typeof value === 'string' && isDuration(key) ? parseDuration(value) : value]];
      });
      // Every part has passed its own check: this only fills in the defaults.
      const complete = provider.settingsSchema.parse(Object.fromEntries(named));
      const credential: unknown = { ...complete, provider: name, propagation: judged };
      // The schemas are put together at run time, which their types cannot follow.
      return credential as DnsCredentialSettings;
    });
}

function resolver() {
  return z.string().refine(isResolver, {
    error: 'must be an IP address, with a port as in "192.0.2.1:5353" or "[2001:db8::1]:53"',
  });
}

/** An IP address, with or without a port. */
export function isResolver(address: string): boolean {
  if (isIP(address) !== 0) return true;
  const server = parseListenerAddress(address);
  return typeof server !== 'string' && !address.startsWith(':') && isIP(server.host) !== 0;
}

function leafOf(key: string, schema: z.core.$ZodType): z.core.$ZodType {
  if (!isDuration(key)) return schema;
  const accepts = (milliseconds: number) => z.safeParse(schema, milliseconds).success;
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  const range =
    inner instanceof z.ZodNumber
      ? `, from ${formatDuration(inner.minValue ?? 0)} to ${formatDuration(inner.maxValue ?? 0)}`
      : '';
  const leaf = duration(accepts, range).describe(z.globalRegistry.get(schema)?.description ?? '');
  return z.safeParse(schema, undefined).success ? leaf.optional() : leaf;
}
