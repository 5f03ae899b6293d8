/**
 * What the resources of the API look like: the OpenAPI document is made from these.
 *
 * @module
 */
import { z } from 'zod';
import { EVENT_TYPES } from '../../observe/events/catalogue.ts';
import { CHALLENGE_TYPES, KEY_TYPES } from '../../core/certificate-spec.ts';
import { PROGRESS_STEPS } from '../../observe/progress.ts';
import { ROLES } from '../../store/access.ts';
import { CERTIFICATE_STATUSES } from '../../store/inventory.ts';
import type { CertificateSource } from '../../store/records.ts';
import { SERVED_FAULTS } from '../../store/served.ts';
import { id, instant } from '../leaves.ts';

/** Each of them, as the compiler sees to. */
const SOURCES: Readonly<Record<CertificateSource, true>> = {
  file: true,
  added: true,
  endpoint: true,
  'on-demand': true,
  imported: true,
  released: true,
};

export const problem = z.strictObject({
  type: z.string().describe('A tag URI of the kind of error.'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What was attempted on what.'),
  code: z.string().describe('The kind of error in short: area/fault.'),
  mend: z.string().optional().describe('What the reader can do about it.'),
  retryAt: instant.optional().describe('No attempt before this instant makes sense.'),
  requestId: z.string().describe('The log of the daemon has this id, too.'),
});

const errorFacts = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    mend: z.string().optional(),
    retryAt: instant.optional(),
    context: z.record(z.string(), z.unknown()).optional(),
    causes: z.array(z.string()).optional(),
  })
  .describe('An error as it was recorded.');

const issuance = z.strictObject({
  issuer: z.string(),
  serial: z.string(),
  fingerprint256: z.string(),
  keyType: z.string(),
  profile: z.string().optional(),
  notBefore: instant,
  notAfter: instant,
  issuedAt: instant,
  revokedAt: instant.optional(),
  revocationReason: z.string().optional(),
});

export const certificate = z.strictObject({
  id,
  revision: z.int().describe('Increases with every change of it.'),
  names: z.array(z.string()),
  status: z.enum(CERTIFICATE_STATUSES),
  source: z
    .enum(Object.keys(SOURCES) as CertificateSource[])
    .describe('Who asked for it: the configuration, a person, an endpoint, an import.'),
  issuers: z.array(z.string()).describe('Tried in this order.'),
  challenges: z.array(z.enum(CHALLENGE_TYPES)),
  dns: z.string().optional().describe('The DNS credential by its name.'),
  keyType: z.enum(KEY_TYPES),
  profile: z.string().optional(),
  preferredChain: z.string().optional(),
  reuseKey: z.boolean().optional(),
  isKeyElsewhere: z.boolean().optional(),
  current: issuance.optional().describe('What is served now.'),
  next: z
    .strictObject({
      action: z.string(),
      reason: z.string(),
      message: z.string(),
      at: instant.optional(),
    })
    .describe('What certctl does next, when and why.'),
  waiting: z
    .strictObject({
      scope: z.string(),
      message: z.string(),
      until: instant.optional(),
      url: z.string().optional(),
    })
    .optional()
    .describe('The limit or pause that keeps it from being ordered.'),
  failure: z
    .strictObject({
      count: z.int(),
      since: instant,
      at: instant,
      retryAt: instant,
      error: errorFacts,
      parked: z.strictObject({ since: instant, message: z.string() }).optional(),
    })
    .optional(),
  deployments: z
    .array(
      z.strictObject({
        target: z.string(),
        state: z.enum(['deployed', 'outdated', 'pending', 'failing']),
        deployedAt: instant.optional(),
        message: z.string().optional(),
        failure: z
          .strictObject({ count: z.int(), at: instant, retryAt: instant, error: errorFacts })
          .optional(),
      }),
    )
    .optional()
    .describe('What each target has of it.'),
});

export const event = z.strictObject({
  id: z.string(),
  type: z.enum(EVENT_TYPES),
  timestamp: instant,
  certificateId: id.optional(),
  names: z.array(z.string()),
  data: z.record(z.string(), z.unknown()),
});

export const certificateDetail = certificate.extend({
  renewal: z
    .strictObject({
      windowStart: instant,
      windowEnd: instant,
      renewAt: instant.optional(),
      explanationUrl: z.string().optional(),
    })
    .optional()
    .describe('What the CA says about renewal (RFC 9773).'),
  chainPem: z.string().optional(),
  chain: z
    .array(
      z.strictObject({
        subject: z.string().describe('Common name and organization, as far as they are there.'),
        issuer: z.string(),
        keyType: z.string().optional(),
        notBefore: instant,
        notAfter: instant,
      }),
    )
    .optional()
    .describe('What is in the chain, leaf first.'),
  served: z
    .array(
      z.strictObject({
        name: z.string(),
        address: z.string(),
        kind: z.enum(SERVED_FAULTS),
        message: z.string(),
        servedSerial: z.string().optional(),
        since: instant,
        seenAt: instant,
      }),
    )
    .optional()
    .describe('Where clients get something else, as far as the self-check knows.'),
  history: z.array(issuance).describe('The newest first, the current one included.'),
  order: z
    .strictObject({ url: z.string().optional(), reason: z.string(), since: instant })
    .optional()
    .describe('The unfinished order.'),
  events: z.array(event).describe('The last ones, the newest first.'),
});

export const counts = z.strictObject({
  byStatus: z.record(z.enum(CERTIFICATE_STATUSES), z.int()),
  byExpiry: z.array(z.strictObject({ day: z.iso.date(), certificates: z.int() })),
});

export const issuanceDetail = issuance.extend({
  id,
  certificateId: id,
  names: z.array(z.string()),
  isKeyElsewhere: z.boolean().optional(),
});

export const order = z.strictObject({
  id,
  certificateId: id,
  names: z.array(z.string()),
  issuer: z.string(),
  reason: z.string(),
  state: z.enum(['unfinished', 'issued', 'rehearsed', 'failed', 'abandoned']),
  url: z.string().optional(),
  challenge: z.enum(CHALLENGE_TYPES).optional(),
  isRehearsal: z.boolean().optional(),
  createdAt: instant,
  updatedAt: instant,
  finishedAt: instant.optional(),
  error: errorFacts.optional(),
});

export const progress = z.strictObject({
  at: instant,
  step: z.enum(PROGRESS_STEPS),
  message: z.string(),
});

export const job = z.strictObject({
  id,
  operation: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  createdAt: instant,
  finishedAt: instant.optional(),
  steps: z.array(progress),
  result: z.unknown().optional().describe('As the operation gives it; when state is done.'),
  problem: problem.optional().describe('When state is failed.'),
});

export const endpoint = z.strictObject({
  host: z.string(),
  protocol: z.string(),
  isTerminated: z.boolean(),
  upstreams: z.array(z.string()),
  redirect: z.string().optional(),
});

const routeDecision = z.enum(['terminate', 'pass-through', 'issue', 'refuse']);

/** What else there is to say depends on the decision. */
export const explanation = z.looseObject({
  name: z.string(),
  decision: routeDecision,
  because: z.array(z.string()).describe('One sentence for each step of the decision.'),
  clients: z
    .array(
      z.looseObject({
        client: z.string(),
        listeners: z.array(z.string()),
        decision: routeDecision,
        alert: z.string().optional(),
        protocol: z.string().optional(),
        keyAlgorithm: z.string().optional(),
      }),
    )
    .optional()
    .describe('What different clients get.'),
  certificate: z
    .looseObject({ names: z.array(z.string()), fingerprint256: z.string(), notAfter: instant })
    .optional()
    .describe('For a client that can verify every kind of key.'),
});

export const issuer = z.strictObject({
  name: z.string(),
  type: z.enum(['acme', 'internal']),
  directory: z.string().optional(),
  isDefault: z.boolean(),
  source: z.enum(['configuration', 'store']),
});

export const account = z.strictObject({
  directory: z.string(),
  url: z.string().optional(),
  contact: z.array(z.string()),
  createdAt: instant,
  deactivatedAt: instant.optional(),
});

export const dnsCredential = z.strictObject({
  name: z.string(),
  provider: z.string(),
  zones: z.array(z.string()).optional(),
});

export const token = z.strictObject({
  id,
  name: z.string(),
  role: z.enum(ROLES),
  patterns: z.array(z.string()).optional().describe('Absent: every name.'),
  networks: z.array(z.string()).optional().describe('Absent: from everywhere.'),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant.optional().describe('Absent: never.'),
  rotatedAt: instant.optional(),
  previousUntil: instant.optional().describe('The secret before the rotation counts until then.'),
  revokedAt: instant.optional(),
  lastUsedAt: instant.optional().describe('To the minute.'),
});

export const shownToken = z.strictObject({
  token,
  secret: z.string().describe('Shown this once.'),
});

export const deadDelivery = z.strictObject({
  subscription: z.string(),
  event,
  attempts: z.int(),
  error: z.string(),
  deadAt: instant,
});

export const backlog = z.strictObject({
  subscription: z.string(),
  waiting: z.int(),
  dead: z.int().describe('Given up.'),
});

export const subscriptionTest = z.strictObject({
  subscription: z.string(),
  event: event.describe('What was sent; it is recorded nowhere.'),
  milliseconds: z.number().describe('Until the receiver had taken it.'),
});

export const replayed = z.strictObject({ replayed: z.int() });

export const auditEntry = z.strictObject({
  id,
  at: instant,
  actor: z.strictObject({
    kind: z.enum(['socket', 'token', 'session', 'local', 'configuration']),
    id: z.string().optional(),
    name: z.string(),
    address: z.string().optional(),
    requestId: z.string().optional(),
  }),
  operation: z.string(),
  names: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  outcome: z
    .enum(['begun', 'done', 'failed'])
    .describe('begun for ever where the daemon was killed meanwhile.'),
  error: errorFacts.optional(),
  finishedAt: instant.optional(),
});

export const status = z.strictObject({
  version: z.string(),
  pid: z.int(),
  startedAt: instant,
  dataDir: z.string(),
  configFile: z.string().optional(),
  listeners: z.array(z.string()),
  workers: z.int(),
  selfCheck: z
    .strictObject({ names: z.int(), faults: z.int(), endedAt: instant.optional() })
    .optional()
    .describe('Names that were asked for in the last round, and where something else is served.'),
  terminator: z
    .strictObject({
      workers: z.array(z.strictObject({ pid: z.int(), isDraining: z.boolean(), open: z.int() })),
      counters: z.record(z.string(), z.unknown()),
      endpoints: z.array(
        z.strictObject({
          endpoint: z.string(),
          protocol: z.string().optional(),
          counts: z.record(z.string(), z.unknown()),
        }),
      ),
      upstreams: z.array(
        z.strictObject({ upstream: z.string(), state: z.string(), open: z.int() }),
      ),
    })
    .optional(),
});

export const caller = z.strictObject({
  kind: z.enum(['socket', 'token', 'session']),
  id: z.string().optional(),
  name: z.string(),
  role: z.enum(ROLES),
  patterns: z.array(z.string()).optional(),
  expiresAt: instant.optional(),
});

export const session = z.strictObject({
  caller: caller.optional().describe('Absent: nobody is signed in.'),
  session: z
    .strictObject({
      signedInWith: z.enum(['token', 'oidc']).describe('oidc: at an OpenID provider.'),
      signedInAt: instant,
      idleUntil: instant.describe('Without another request it ends then.'),
      expiresAt: instant.optional().describe('Then it ends in any case.'),
    })
    .optional()
    .describe('Absent: the caller proves with each request who it is.'),
  ways: z
    .array(
      z.discriminatedUnion('way', [
        z.strictObject({ way: z.literal('token') }),
        z.strictObject({
          way: z.literal('oidc'),
          name: z.string().describe('Of the provider.'),
          path: z.string().describe('Where a browser goes to begin.'),
        }),
      ]),
    )
    .describe('How a browser can sign in here.'),
});

/** One page: `next` is the cursor of the one after it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next: z.string().optional() });
}

export const alive = z.strictObject({ status: z.literal('ok') });
export const exported = z.string();
