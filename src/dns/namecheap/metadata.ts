/**
 * The settings of the `namecheap` provider.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { secretWord, word, zoneNames } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  apiUser: word('The user name of the account.'),
  apiKey: secretWord('The API key.'),
  clientIp: z
    .ipv4('must be an IPv4 address')
    .describe('The public address of this machine, as allowed at Namecheap.'),
  zones: zoneNames(),
});

export type NamecheapSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'namecheap',
  title: 'Namecheap',
  description: 'Changes TXT records through the API of Namecheap.',
  docsUrl: 'https://www.namecheap.com/support/api/methods/',
  example: { apiUser: 'example', apiKey: '${NAMECHEAP_API_KEY}', clientIp: '192.0.2.10' },
  settingsSchema,
  secrets: ['apiKey'],
  notes: [
    'API access has to be switched on, with the address of this machine in its list.',
    'Namecheap replaces all records of a domain at each change: change nothing else meanwhile.',
  ],
  propagation: { timeoutMs: 30 * MINUTE_MS },
} as const satisfies DnsProviderMetadata;
