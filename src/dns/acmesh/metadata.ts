/**
 * The settings of the `acmesh` provider: any script of acme.sh's `dnsapi`.
 *
 * @module
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';

const USUAL_TIMEOUT_MS = 3 * MINUTE_MS;
const SHORTEST_TIMEOUT_MS = SECOND_MS;
const LONGEST_TIMEOUT_MS = 30 * MINUTE_MS;

export const settingsSchema = z.strictObject({
  home: z
    .string()
    .refine(isAbsolute, 'must be an absolute path')
    .describe('The folder in which acme.sh and its folder dnsapi are.'),
  script: z
    .string()
    .regex(/^dns_[A-Za-z0-9_]+$/, 'must be the name of a script, such as "dns_he"')
    .describe('The script in dnsapi, without ".sh".'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('The variables that the script wants, such as its credentials.'),
  timeoutMs: z
    .int()
    .min(SHORTEST_TIMEOUT_MS)
    .max(LONGEST_TIMEOUT_MS)
    .default(USUAL_TIMEOUT_MS)
    .describe('The script is killed when one call takes longer.'),
});

export type AcmeShSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'acmesh',
  title: 'A script of acme.sh',
  description: 'Runs any dnsapi script of an acme.sh that is installed on this machine.',
  docsUrl: 'https://github.com/acmesh-official/acme.sh/wiki/dnsapi',
  example: {
    home: '/root/.acme.sh',
    script: 'dns_he',
    environment: { HE_Username: 'example', HE_Password: '${HE_PASSWORD}' },
  },
  settingsSchema,
  secrets: ['environment'],
  notes: [
    'The calls of one credential run one after the other, and none of them keeps anything on disk.',
    'Some scripts remove all TXT records of a name, not just one value.',
  ],
} as const satisfies DnsProviderMetadata;
