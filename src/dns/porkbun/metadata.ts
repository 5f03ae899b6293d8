/**
 * The settings of the `porkbun` provider.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiKey: secretWord('The API key, which begins with "pk1_".'),
  secretApiKey: secretWord('The secret API key, which begins with "sk1_".'),
  zones: zoneNames(),
});

export type PorkbunSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'porkbun',
  title: 'Porkbun',
  description: 'Changes TXT records through version 3 of the API of Porkbun.',
  docsUrl: 'https://porkbun.com/api/json/v3/documentation',
  example: { apiKey: '${PORKBUN_API_KEY}', secretApiKey: '${PORKBUN_SECRET_API_KEY}' },
  settingsSchema,
  secrets: ['apiKey', 'secretApiKey'],
  notes: ['API access has to be switched on for each domain.'],
  propagation: { timeoutMs: 10 * MINUTE_MS },
} as const satisfies DnsProviderMetadata;
