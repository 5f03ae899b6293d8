/**
 * The keys of a configuration file for signing in at an OpenID provider.
 *
 * @module
 */
import { z } from 'zod';
import { ROLES } from '../store/access.ts';
import { text } from './file-leaves.ts';

const MOST_GRANTS = 100;
const MOST_NAMES = 100;

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, { error: 'must be a scope' });
const domain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, { error: 'must be a domain, e.g. example.com' });

const grant = z.strictObject({
  value: text(300).optional().describe('Of the claim. Without it: for everybody.'),
  role: z.enum(ROLES).describe('viewer looks, operator issues and revokes, admin does everything.'),
  names: z
    .array(text(300))
    .min(1)
    .max(MOST_NAMES)
    .optional()
    .describe('Only certificates all of whose names are among these. Usually all.'),
});

export const oidc = z.strictObject({
  issuer: text().describe('Its issuer: an https URL.'),
  clientId: text(300).describe('How it knows certctl.'),
  clientSecret: text(1_000)
    .optional()
    .describe('Best as ${VAR} or ${file:/path}. Without one certctl is a public client.'),
  url: text().describe(
    'Where browsers reach the dashboard; below it is the redirect URI /v1/session/oidc/callback.',
  ),
  name: text(60).optional().describe('How the button calls it. Default: the host of issuer.'),
  scopes: z
    .array(scope)
    .min(1)
    .max(20)
    .optional()
    .describe('What is asked for; openid always is. Default: openid, profile, email.'),
  claim: text(200)
    .optional()
    .describe('Decides about roles; a.b is claim b within a. Default: groups.'),
  grants: z
    .array(grant)
    .min(1)
    .max(MOST_GRANTS)
    .describe('Who may do what: the first that fits. Who fits none does not come in.'),
  domains: z
    .array(domain)
    .min(1)
    .max(100)
    .optional()
    .describe('Only persons with a verified e-mail address of these domains. Usually all.'),
  caBundle: text().optional().describe('PEM file of roots to trust beside the usual ones.'),
});

export type FileOidc = z.output<typeof oidc>;
