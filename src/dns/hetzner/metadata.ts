/**
 * The settings of the `hetzner` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('An API token of the project that has the zones, with write access.'),
  zones: zoneNames(),
});

export type HetznerSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'hetzner',
  title: 'Hetzner',
  description: 'Changes TXT records through the Cloud API of Hetzner.',
  docsUrl: 'https://docs.hetzner.cloud/reference/cloud#zone-rrsets',
  example: { apiToken: '${HCLOUD_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
  notes: ['Zones of the former DNS Console have to be moved to a project of the Hetzner Console.'],
} as const satisfies DnsProviderMetadata;
