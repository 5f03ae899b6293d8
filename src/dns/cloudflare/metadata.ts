/**
 * The settings of the `cloudflare` provider.
 *
 * @module
 */
import { z } from 'zod';
import { parseName } from '../../core/names.ts';
import type { DnsProviderMetadata } from '../metadata.ts';

export const settingsSchema = z.strictObject({
  apiToken: z
    .string()
    // Anything else would break the header that carries it.
    .regex(/^[\x21-\x7e]+$/, 'must be the token alone, without spaces or line breaks')
    .describe('An API token with the permissions Zone:Read and DNS:Edit.'),
  zones: z
    .array(
      z.string().transform((zone, context) => {
        try {
          return parseName(zone);
        } catch (thrown) {
          context.addIssue({ code: 'custom', message: (thrown as Error).message });
          return z.NEVER;
        }
      }),
    )
    .min(1)
    .optional()
    .describe('Zones in which records may be changed; without it, every zone of the token.'),
});

export type CloudflareSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'cloudflare',
  description: 'Changes TXT records through the API of Cloudflare.',
  settingsSchema,
  secrets: ['apiToken'],
} as const satisfies DnsProviderMetadata;
