/**
 * The section `dns`: credentials by name, and one word that is none of them.
 *
 * @module
 */
import { z } from 'zod';
import { zoneName } from '../dns/setting-kinds.ts';
import { dnsCredential } from './dns-schema.ts';
import { label } from './file-leaves.ts';

const delegation = z
  .strictObject({
    zone: zoneName().describe(
      'A zone, or a part of one, that holds nothing but challenge records: validate.example.net.',
    ),
    credential: label().describe('Name of the DNS credential that writes there.'),
  })
  .describe(
    'Where owners of names let their challenge records lead by a CNAME record: see certctl dns delegate.',
  );

export const dns = z
  .object({ delegation: delegation.optional() })
  .catchall(dnsCredential)
  .superRefine((section, context) => {
    for (const name of Object.keys(section)) {
      const { success, error } = label().safeParse(name);
      if (success) continue;
      context.addIssue({
        code: 'invalid_key',
        origin: 'record',
        issues: error.issues,
        path: [name],
      });
    }
  })
  .describe('DNS credentials by name.');
