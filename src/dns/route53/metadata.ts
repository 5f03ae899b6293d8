/**
 * The settings of the `route53` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, word, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  accessKeyId: word('The ID of an access key.'),
  secretAccessKey: secretWord('Its secret.'),
  sessionToken: secretWord('The session token, with temporary credentials.').optional(),
  region: word('The region that signs: one of China or GovCloud has an API of its own.')
    .regex(/^[a-z0-9-]+$/, 'must be a region such as "us-east-1"')
    .default('us-east-1'),
  zones: zoneNames(),
});

export type Route53Settings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'route53',
  title: 'Amazon Route 53',
  description: 'Changes TXT records in public hosted zones of Amazon Route 53.',
  docsUrl: 'https://docs.aws.amazon.com/Route53/latest/APIReference/Welcome.html',
  example: { accessKeyId: '${AWS_ACCESS_KEY_ID}', secretAccessKey: '${AWS_SECRET_ACCESS_KEY}' },
  settingsSchema,
  secrets: ['secretAccessKey', 'sessionToken'],
  notes: [
    'The key needs route53:ListHostedZonesByName, ListResourceRecordSets and ChangeResourceRecordSets.',
  ],
} as const satisfies DnsProviderMetadata;
