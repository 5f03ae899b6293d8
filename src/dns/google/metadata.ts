/**
 * The settings of the `google` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { word, zoneNames } from '../setting-kinds.ts';
import { findServiceAccount } from './service-account.ts';

export const settingsSchema = z.strictObject({
  serviceAccountKey: z
    .string()
    .max(20_000)
    .refine(isServiceAccountKey, 'must be the JSON text of a service account key')
    .describe('The key file of a service account, as text: "${file:/path/key.json}".'),
  project: word('The project with the zones; the one of the service account without it.')
    .regex(/^[a-z0-9.:-]{1,100}$/, 'must be the ID of a project')
    .optional(),
  zones: zoneNames(),
});

export type GoogleSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'google',
  title: 'Google Cloud DNS',
  description: 'Changes TXT records in public zones of Google Cloud DNS.',
  docsUrl: 'https://cloud.google.com/dns/docs/reference/rest/v1',
  example: { serviceAccountKey: '${file:/etc/certctl/google-dns.json}' },
  settingsSchema,
  secrets: ['serviceAccountKey'],
  notes: ['The service account needs the role DNS Administrator (roles/dns.admin).'],
} as const satisfies DnsProviderMetadata;

function isServiceAccountKey(text: string): boolean {
  return findServiceAccount(text) !== undefined;
}
