/**
 * The settings of the `gandi` provider.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('A personal access token with the permission to manage domain settings.'),
  zones: zoneNames(),
});

export type GandiSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'gandi',
  title: 'Gandi LiveDNS',
  description: 'Changes TXT records through version 5 of the LiveDNS API of Gandi.',
  docsUrl: 'https://api.gandi.net/docs/livedns/',
  example: { apiToken: '${GANDI_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
  propagation: { timeoutMs: 20 * MINUTE_MS },
} as const satisfies DnsProviderMetadata;
