/**
 * The settings of the `httpreq` provider.
 *
 * @module
 */
import { z } from 'zod';
import type { DnsProviderMetadata } from '../metadata.ts';
import { authorities, serverUrl } from '../setting-kinds.ts';

export const settingsSchema = z.strictObject({
  endpoint: serverUrl('The URL below which the server has /present and /cleanup.'),
  mode: z
    .enum(['default', 'raw'])
    .default('default')
    .describe('default: sends fqdn and value. raw: sends domain, token and keyAuth.'),
  username: z.string().max(500).optional().describe('For basic authentication.'),
  password: z.string().max(1_000).optional().describe('For basic authentication.'),
  ca: authorities(),
});

export type HttpReqSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'httpreq',
  title: 'A webhook',
  description: 'Posts to a server of your own, in the form that lego calls httpreq.',
  docsUrl: 'https://go-acme.github.io/lego/dns/httpreq/',
  example: {
    endpoint: 'https://dns.example.org/acme',
    username: 'certctl',
    password: '${WEBHOOK_PASSWORD}',
  },
  settingsSchema,
  secrets: ['password'],
} as const satisfies DnsProviderMetadata;
