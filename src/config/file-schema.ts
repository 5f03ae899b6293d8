/**
 * What a configuration file may say: the keys, their kinds, their words.
 *
 * Only what exists is here; a key that certctl would not act on is refused.
 *
 * @module
 */
import { z } from 'zod';
import { CHALLENGE_TYPES, KEY_TYPES } from '../core/certificate-spec.ts';
import { LOG_LEVELS } from '../observe/log.ts';
import { accessLog } from './access-log-schema.ts';
import { api } from './api-schema.ts';
import { dns } from './dns-section-schema.ts';
import { account, count, flag, label, oneOrMore, text } from './file-leaves.ts';
import { fips } from './fips-schema.ts';
import { forwarded } from './forwarded-schema.ts';
import { issuerLimits } from './issuer-limits-schema.ts';
import { onDemand } from './on-demand-schema.ts';
import { preflight } from './preflight-schema.ts';
import { directoryUrl, email, externalAccount } from '../issuers/issuer-settings.ts';
import { keyring } from './keyring-schema.ts';
import { httpKeys, httpsKeys } from './http-schema.ts';
import { tracing } from './tracing-schema.ts';
import { limits } from './limits-schema.ts';
import { metrics } from './metrics-schema.ts';
import { target } from './targets-schema.ts';
import { events, notify, watch } from './notify-schema.ts';
import { listenerTls, noServerName, policyKeys } from './tls-schema.ts';
import { listenerKeys, streamKeys } from './upstream-schema.ts';

/** The right count of plausible fields; the scheduler judges the fields themselves. */
const CRON = /^[\d*,/?a-z-]+(?:\s+[\d*,/?#a-z-]+){4,5}$/i;

const MOST_NAMES = 100;
const MOST_WORKERS = 256;
const WORKERS = `must be "auto" or a whole number from 1 to ${MOST_WORKERS}`;

const preferredChain = text(100).describe(
  'Of several chains, the one with an issuer of this common name or organization.',
);

const issuer = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('acme'),
    directory: directoryUrl.optional().describe("The CA's ACME directory, an https URL."),
    email: email.optional().describe('Where the CA writes to about the account.'),
    acceptTerms: flag().default(false).describe("true: you agree to the CA's terms of service."),
    profile: text(100).optional().describe('ACME profile of certificates that name none.'),
    preferredChain: preferredChain.optional(),
    caBundle: text().optional().describe('PEM file with the roots of a private CA.'),
    limits: issuerLimits.optional().describe("What differs from the CA's published rate limits."),
    externalAccount: externalAccount
      .optional()
      .describe('The account at the CA that a new ACME account is bound to.'),
    accountKeyType: z.enum(KEY_TYPES).optional().describe('Algorithm and size of account keys.'),
    staging: directoryUrl
      .optional()
      .describe('Test directory of the CA: after a failure an order has to succeed there first.'),
  }),
  z.strictObject({
    type: z.literal('internal'),
    commonName: text(64).optional().describe('Common name of the root certificate.'),
  }),
]);

const issuers = oneOrMore(label()).describe('Name of an issuer, or a list to try in order.');
const challenges = oneOrMore(z.enum(CHALLENGE_TYPES)).describe(
  'How control over the names is proven, or a list to try in order. dns-account-01 and dns-persist-01 are experimental: drafts that few CAs offer.',
);
const keyType = oneOrMore(z.enum(KEY_TYPES)).describe(
  'Algorithm and size of the private key, or a list of an EC and an RSA type: a pair.',
);
const credential = label().describe('Name of a DNS credential, for dns-01 and dns-account-01.');
const reuseKey = flag().describe('true: renewals keep the private key.');
const profile = text(100).describe('ACME profile.');

const targets = oneOrMore(label()).describe('Where it is brought to, in this order.');

const HOST = 'Exact name, wildcard of one label, or "*" with onDemand for every other name.';

const endpoint = z.discriminatedUnion('protocol', [
  z.strictObject({
    protocol: z.literal('https').describe('Terminated; HTTP/1.1 and HTTP/2 to an http upstream.'),
    host: text().describe(HOST),
    onDemand: onDemand.optional(),
    ...httpsKeys,
    tls: z.strictObject(policyKeys).optional().describe('What differs from the top-level tls.'),
  }),
  z.strictObject({
    protocol: z.literal('tls').describe('Passed through unopened, or terminated to tcp.'),
    host: text().describe(HOST),
    onDemand: onDemand.optional(),
    ...streamKeys,
    terminateTls: z
      .strictObject(policyKeys)
      .optional()
      .describe('Terminate here; without it the bytes are passed through unopened.'),
  }),
  z.strictObject({
    protocol: z.literal('http').describe('Plain HTTP on the http listeners, without redirect.'),
    host: text().describe('Exact name or wildcard of one label.'),
    ...httpKeys,
    // A connection without TLS carries requests for any host.
    limits: z.never({ error: 'is for endpoints with protocol https, tls or tcp' }).optional(),
  }),
  z.strictObject({
    protocol: z.literal('tcp').describe('Every connection to a port of its own.'),
    listen: z
      .union([listenerKeys.address, z.strictObject(listenerKeys)])
      .describe('The address, alone or with the other keys of a listener.'),
    ...streamKeys,
  }),
]);

export const fileSchema = z.strictObject({
  dataDir: text().optional().describe('Database, socket and key-encryption key; created 0700.'),
  keyring: keyring
    .optional()
    .describe('Where the key comes from that encrypts private keys at rest.'),
  issuers: z.record(label(), issuer).optional().describe('Who signs, by name.'),
  defaults: z
    .strictObject({
      issuer: issuers.optional(),
      challenge: challenges.optional(),
      keyType: keyType.optional(),
      dns: credential.optional(),
      profile: profile.optional(),
      preferredChain: preferredChain.optional(),
      reuseKey: reuseKey.optional(),
      targets: targets.optional(),
    })
    .optional()
    .describe('What a certificate gets that says nothing else.'),
  dns: dns.optional(),
  targets: z.record(label(), target).optional().describe('Where certificates go, by name.'),
  certificates: z
    .array(
      z.strictObject({
        names: z
          .array(text())
          .min(1)
          .max(MOST_NAMES)
          .optional()
          .describe('Hostnames, wildcards, addresses; with csr those of the request.'),
        csr: text()
          .optional()
          .describe('File with a signing request to be signed: its key never comes here.'),
        issuer: issuers.optional(),
        challenge: challenges.optional(),
        dns: credential.optional(),
        keyType: keyType.optional(),
        profile: profile.optional(),
        preferredChain: preferredChain.optional(),
        reuseKey: reuseKey.optional(),
        targets: targets.optional(),
      }),
    )
    .optional()
    .describe('Certificates to obtain and keep renewed.'),
  listeners: z
    .array(
      z.strictObject({
        ...listenerKeys,
        protocol: z
          .enum(['tls', 'http'])
          .default('tls')
          .describe('http answers challenges and redirects to https.'),
        forwarded: forwarded
          .optional()
          .describe('Believe proxies in front what they say of each request.'),
        tls: listenerTls
          .optional()
          .describe('What its connections have instead of the top-level tls.'),
      }),
    )
    .max(64)
    .optional()
    .describe('Where the terminator listens.'),
  tls: z
    .strictObject({
      ...policyKeys,
      noServerName,
      fips: fips.optional().describe('true: compute with a FIPS provider, or do not run.'),
    })
    .optional()
    .describe('Policy of endpoints that say nothing else.'),
  endpoints: z.array(endpoint).optional().describe('What is done with connections, by host.'),
  renewal: z
    .strictObject({
      sweep: z
        .string()
        .refine((expression) => CRON.test(expression.trim()), {
          error: 'must be a cron expression of 5 or 6 fields, e.g. "*/10 * * * *"',
        })
        .optional()
        .describe('When to look for what the timers missed, as a cron expression.'),
    })
    .optional()
    .describe('When certificates are looked after.'),
  preflight: preflight.optional().describe('How names are checked before orders and by doctor.'),
  workers: z
    .union([z.literal('auto'), count(1, MOST_WORKERS, WORKERS)], { error: WORKERS })
    .optional()
    .describe('Terminator processes; auto is one a processor.'),
  user: account()
    .optional()
    .describe('Whom terminator workers become when certctl is started as root: a name or an id.'),
  group: account().optional().describe('Their group; usually that of the user.'),
  limits: limits.optional().describe('What the terminator allows to one and to all clients.'),
  accessLog: accessLog.optional().describe('A line for each connection and request.'),
  api: api.optional().describe('The HTTPS API. Default: on the unix socket in dataDir only.'),
  metrics: metrics.optional().describe('What GET /metrics tells.'),
  tracing: tracing.optional().describe('OpenTelemetry traces of orders and connections.'),
  events: events.optional().describe('The log of what happened.'),
  watch: watch.optional().describe('What is told although nothing happened.'),
  notify: notify.optional().describe('Who is told of events, by name.'),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).optional().describe('The least that is written. Usually info.'),
    })
    .optional()
    .describe('The log on standard error.'),
});

/** A file after the check of its shape; references and names are still plain text. */
export type FileConfig = z.output<typeof fileSchema>;

/** What may be written, by a file or a program. */
export type ConfigKeys = z.input<typeof fileSchema>;
