/**
 * The settings of the `digitalocean` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('A personal access token with the scopes domain:read, create and delete.'),
  zones: zoneNames(),
});

export type DigitalOceanSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  description: 'Changes TXT records through the API of DigitalOcean.',
  docsUrl: 'https://docs.digitalocean.com/reference/api/digitalocean/#tag/Domain-Records',
  example: { apiToken: '${DIGITALOCEAN_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
} as const satisfies DnsProviderMetadata;
