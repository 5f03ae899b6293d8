/**
 * The settings of the `acme-dns` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { authorities, secretWord, serverUrl, word, zoneName } from '../setting-kinds.ts';

const account = z.strictObject({
  username: secretWord('The username.'),
  password: secretWord('The password.'),
  subdomain: word('The subdomain.'),
  fulldomain: zoneName().describe('What _acme-challenge of the domain is a CNAME of.'),
});

export const settingsSchema = z.strictObject({
  url: serverUrl('Where the API of acme-dns is, such as https://auth.example.com.'),
  accounts: z
    .record(z.string(), account)
    .refine((accounts) => Object.keys(accounts).length > 0, 'must have at least one account')
    .describe('By domain: what the server answered when the account of it was registered.'),
  ca: authorities(),
});

export type AcmeDnsSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'acme-dns',
  title: 'acme-dns',
  description: 'Updates the TXT values of accounts at an acme-dns server.',
  docsUrl: 'https://github.com/joohoi/acme-dns#api',
  example: {
    url: 'https://auth.example.org',
    accounts: {
      'app.example.com': {
        username: '${ACME_DNS_USERNAME}',
        password: '${ACME_DNS_PASSWORD}',
        subdomain: '8e5700ea-a4bf-41c7-8a77-e990661dcc6a',
        fulldomain: '8e5700ea-a4bf-41c7-8a77-e990661dcc6a.auth.example.org',
      },
    },
  },
  settingsSchema,
  secrets: ['accounts'],
  notes: [
    'The server keeps the last two values of an account and removes none: use one account for each domain.',
  ],
} as const satisfies DnsProviderMetadata;
