/**
 * Where a configuration file asks for FIPS mode.
 *
 * @module
 */
import { z } from 'zod';
import { flag, text } from './file-leaves.ts';

export const fips = z.union([
  flag(),
  z.strictObject({
    module: text().optional().describe("The provider's file; found by itself in usual places."),
    config: text().optional().describe('What openssl fipsinstall wrote for that file.'),
  }),
]);

export const endpointFips = flag().describe(
  'true: served in FIPS mode only, which the top-level tls.fips turns on.',
);
