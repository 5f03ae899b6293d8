/**
 * The settings of the `rfc2136` provider.
 *
 * @module
 */
import { z } from 'zod';
import { SECOND_MS } from '../../core/clock.ts';
import { TSIG_ALGORITHMS } from '../../wire/tsig.ts';
import type { DnsProviderMetadata } from '../metadata.ts';
import { zoneNames } from '../setting-kinds.ts';
import { findServerAddress } from './server-address.ts';

const USUAL_TIMEOUT_MS = 10 * SECOND_MS;
const SHORTEST_TIMEOUT_MS = SECOND_MS;
const LONGEST_TIMEOUT_MS = 120 * SECOND_MS;

export const settingsSchema = z.strictObject({
  server: z
    .string()
    .refine(
      (server) => findServerAddress(server) !== undefined,
      'must be a host or an IP address, with a port as in "ns1.example.com:5353" or "[2001:db8::1]:53"',
    )
    .describe('The primary name server, such as ns1.example.com or 192.0.2.1:5353. Over TCP.'),
  keyName: z
    .string()
    .toLowerCase()
    .regex(
      /^[\w-]{1,63}(?:\.[\w-]{1,63}){0,20}\.?$/,
      'must be the name of a key, such as "certctl"',
    )
    .transform((name) => name.replace(/\.$/, ''))
    .describe('The name of the TSIG key.'),
  keyAlgorithm: z.enum(TSIG_ALGORITHMS).default('hmac-sha256').describe('Its algorithm.'),
  keySecret: z
    .base64('must be base64, as in the key file')
    .min(20, 'must be at least 16 octets in base64')
    .max(1_000)
    .describe('Its secret, in base64.'),
  timeoutMs: z
    .int()
    .min(SHORTEST_TIMEOUT_MS)
    .max(LONGEST_TIMEOUT_MS)
    .default(USUAL_TIMEOUT_MS)
    .describe('Give up when the server does not answer within this time.'),
  zones: zoneNames(),
});

export type Rfc2136Settings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'rfc2136',
  title: 'Dynamic updates (RFC 2136)',
  description: 'Sends dynamic updates, signed by TSIG, to a name server such as BIND, Knot or NSD.',
  docsUrl: 'https://bind9.readthedocs.io/en/stable/chapter6.html#dynamic-update',
  example: { server: 'ns1.example.com', keyName: 'certctl', keySecret: '${TSIG_SECRET}' },
  settingsSchema,
  secrets: ['keySecret'],
  notes: ['The key must be allowed to change TXT records, e.g. by update-policy in BIND.'],
} as const satisfies DnsProviderMetadata;
