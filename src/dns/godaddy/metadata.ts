/**
 * The settings of the `godaddy` provider.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiKey: secretWord('The key of a production API key.'),
  apiSecret: secretWord('Its secret.'),
  zones: zoneNames(),
});

export type GoDaddySettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'godaddy',
  title: 'GoDaddy',
  description: 'Changes TXT records through the API of GoDaddy.',
  docsUrl: 'https://developer.godaddy.com/doc/endpoint/domains',
  example: { apiKey: '${GODADDY_KEY}', apiSecret: '${GODADDY_SECRET}' },
  settingsSchema,
  secrets: ['apiKey', 'apiSecret'],
  notes: ['GoDaddy opens this API to accounts with a certain number of domains only.'],
  propagation: { timeoutMs: 5 * MINUTE_MS },
} as const satisfies DnsProviderMetadata;
