/**
 * The settings of the `ovh` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, zoneNames } from '../setting-kinds.ts';

export const ENDPOINTS = {
  'ovh-eu': 'https://eu.api.ovh.com/1.0',
  'ovh-ca': 'https://ca.api.ovh.com/1.0',
  'ovh-us': 'https://api.us.ovhcloud.com/1.0',
} as const;

export const settingsSchema = z.strictObject({
  endpoint: z
    .enum(['ovh-eu', 'ovh-ca', 'ovh-us'])
    .default('ovh-eu')
    .describe('Where the account is.'),
  applicationKey: secretWord('The application key.'),
  applicationSecret: secretWord('The application secret.'),
  consumerKey: secretWord('A consumer key with GET, POST and DELETE on /domain/zone/*.'),
  zones: zoneNames(),
});

export type OvhSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'ovh',
  title: 'OVHcloud',
  description: 'Changes TXT records through the API of OVHcloud.',
  docsUrl: 'https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api',
  example: {
    applicationKey: '${OVH_APPLICATION_KEY}',
    applicationSecret: '${OVH_APPLICATION_SECRET}',
    consumerKey: '${OVH_CONSUMER_KEY}',
  },
  settingsSchema,
  secrets: ['applicationKey', 'applicationSecret', 'consumerKey'],
  notes: ['With a consumer key for one zone only, name that zone in zones.'],
} as const satisfies DnsProviderMetadata;
