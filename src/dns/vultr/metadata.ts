/**
 * The settings of the `vultr` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiKey: secretWord('An API key of the account or of a user with access to DNS.'),
  zones: zoneNames(),
});

export type VultrSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'vultr',
  title: 'Vultr',
  description: 'Changes TXT records through version 2 of the API of Vultr.',
  docsUrl: 'https://www.vultr.com/api/#tag/dns',
  example: { apiKey: '${VULTR_API_KEY}' },
  settingsSchema,
  secrets: ['apiKey'],
  notes: ['The address of this machine has to be in the access control of the API key.'],
} as const satisfies DnsProviderMetadata;
