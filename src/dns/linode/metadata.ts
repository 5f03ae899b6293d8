/**
 * The settings of the `linode` provider.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('A personal access token with the scope domains:read_write.'),
  zones: zoneNames(),
});

export type LinodeSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'linode',
  title: 'Linode (Akamai)',
  description: 'Changes TXT records through version 4 of the API of Linode.',
  docsUrl: 'https://techdocs.akamai.com/linode-api/reference/get-domains',
  example: { apiToken: '${LINODE_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
  notes: ['Its name servers take over changes every few minutes only.'],
  propagation: { timeoutMs: 20 * MINUTE_MS },
} as const satisfies DnsProviderMetadata;
