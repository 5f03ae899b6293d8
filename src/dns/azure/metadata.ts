/**
 * The settings of the `azure` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { word, zoneNames } from '../setting-kinds.ts';

// Becomes part of a path.
const ID = /^[A-Za-z0-9.-]{1,100}$/;

export const settingsSchema = z.strictObject({
  tenantId: word('The directory (tenant) of the application.').regex(ID, 'must be an identifier'),
  clientId: word('The application (client).'),
  clientSecret: z.string().min(1).max(1_000).describe('A client secret of the application.'),
  subscriptionId: word('The subscription with the zones.').regex(ID, 'must be an identifier'),
  resourceGroup: word('The resource group of the zones; all of the subscription without it.')
    .regex(/^[\w.()-]{1,90}$/, 'must be the name of a resource group')
    .optional(),
  cloud: z.enum(['public', 'china', 'government']).default('public').describe('Which Azure.'),
  zones: zoneNames(),
});

export type AzureSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'azure',
  title: 'Azure DNS',
  description: 'Changes TXT records in public zones of Azure DNS.',
  docsUrl: 'https://learn.microsoft.com/rest/api/dns/record-sets',
  example: {
    tenantId: '11111111-2222-3333-4444-555555555555',
    clientId: '22222222-3333-4444-5555-666666666666',
    clientSecret: '${AZURE_CLIENT_SECRET}',
    subscriptionId: '33333333-4444-5555-6666-777777777777',
  },
  settingsSchema,
  secrets: ['clientSecret'],
  notes: ['The application needs the role DNS Zone Contributor on the zones.'],
} as const satisfies DnsProviderMetadata;
