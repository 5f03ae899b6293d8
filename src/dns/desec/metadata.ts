/**
 * The settings of the `desec` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiToken: secretWord('A token of the account; token policies may limit it to TXT records.'),
  zones: zoneNames(),
});

export type DesecSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'desec',
  title: 'deSEC',
  description: 'Changes TXT records through the API of deSEC.',
  docsUrl: 'https://desec.readthedocs.io/en/latest/dns/rrsets.html',
  example: { apiToken: '${DESEC_TOKEN}' },
  settingsSchema,
  secrets: ['apiToken'],
  notes: ['deSEC allows few changes a minute; they are waited for.'],
} as const satisfies DnsProviderMetadata;
