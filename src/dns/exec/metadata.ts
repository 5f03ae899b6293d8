/**
 * The settings of the `exec` provider: a program of the operator's own.
 *
 * @module
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import type { DnsProviderMetadata } from '../metadata.ts';

const USUAL_TIMEOUT_MS = MINUTE_MS;
const SHORTEST_TIMEOUT_MS = SECOND_MS;
const LONGEST_TIMEOUT_MS = 30 * MINUTE_MS;

export const settingsSchema = z.strictObject({
  program: z
    .string()
    .refine(isAbsolute, 'must be an absolute path')
    .describe('Called as `program add NAME VALUE` and `program remove NAME VALUE`.'),
  timeoutMs: z
    .int()
    .min(SHORTEST_TIMEOUT_MS)
    .max(LONGEST_TIMEOUT_MS)
    .default(USUAL_TIMEOUT_MS)
    .describe('The program is killed when one call takes longer.'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Variables that the program gets beside PATH, LANG and HOME.'),
});

export type ExecSettings = z.output<typeof settingsSchema>;

export const metadata = {
  name: 'exec',
  title: 'A program',
  description: 'Runs a program of your own that adds and removes one TXT value.',
  docsUrl: 'https://man.openbsd.org/sysexits.3',
  example: { program: '/usr/local/bin/change-dns', environment: { API_KEY: '${DNS_API_KEY}' } },
  settingsSchema,
  secrets: ['environment'],
} as const satisfies DnsProviderMetadata;
