/**
 * The keys of a configuration file for the API.
 *
 * @module
 */
import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../core/clock.ts';
import { duration, flag, text } from './file-leaves.ts';
import { oidc } from './oidc-schema.ts';

const networks = z.array(text(50)).min(1).max(1_000);

const dashboard = z.strictObject({
  allow: networks
    .optional()
    .describe('Addresses and networks that may use it. Default: all that may use the API.'),
  idle: duration((ms) => ms >= MINUTE_MS && ms <= 7 * DAY_MS, ', from 1m to 7d')
    .optional()
    .describe('A browser is signed out so long after its last request. Usually 1h.'),
  signedIn: duration((ms) => ms >= MINUTE_MS && ms <= 7 * DAY_MS, ', from 1m to 7d')
    .optional()
    .describe('It is signed out so long after it signed in, in any case. Usually 12h.'),
});

export const api = z.strictObject({
  address: text().describe('Where it listens, e.g. "127.0.0.1:9443".'),
  certificate: text()
    .optional()
    .describe('A name of the certificate that it presents. Default: one of the internal CA.'),
  allow: networks
    .optional()
    .describe('Addresses and networks that may use it. Default: all, with a token.'),
  dashboard: z
    .union([flag(), dashboard])
    .optional()
    .describe('The dashboard in the browser; false: there is none. Default: true.'),
  oidc: oidc
    .optional()
    .describe('An OpenID provider at which persons sign in to the dashboard. Default: none.'),
});
