/**
 * The settings of the `cloudflare` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('An API token with the permissions Zone:Read and DNS:Edit.'),
  zones: zoneNames(),
});

export type CloudflareSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'cloudflare',
  title: 'Cloudflare',
  description: 'Changes TXT records through the API of Cloudflare.',
  docsUrl: 'https://developers.cloudflare.com/api/resources/dns/',
  example: { apiToken: '${CLOUDFLARE_API_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
} as const satisfies DnsProviderMetadata;
