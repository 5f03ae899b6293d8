/**
 * The settings of the `powerdns` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { authorities, secretWord, serverUrl, word, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  url: serverUrl('Where the web server of PowerDNS listens, such as http://127.0.0.1:8081.'),
  apiKey: secretWord('The value of api-key in the settings of PowerDNS.'),
  serverId: word('Which server behind the API.')
    .regex(/^[\w.-]+$/)
    .default('localhost'),
  ca: authorities(),
  zones: zoneNames(),
});

export type PowerDnsSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'powerdns',
  title: 'PowerDNS',
  description: 'Changes TXT records through the API of a PowerDNS Authoritative Server.',
  docsUrl: 'https://doc.powerdns.com/authoritative/http-api/',
  example: { url: 'http://127.0.0.1:8081', apiKey: '${POWERDNS_API_KEY}' },
  settingsSchema,
  secrets: ['apiKey'],
  notes: ['Zones whose kind is secondary cannot be changed.'],
} as const satisfies DnsProviderMetadata;
