/**
 * The shapes of requests about what there is: certificates by filters, history, tokens, the audit log.
 *
 * @module
 */
import { z } from 'zod';
import { isNetwork } from '../core/networks.ts';
import { ROLES } from '../store/access.ts';
import { CERTIFICATE_SORTS, CERTIFICATE_STATUSES } from '../store/inventory.ts';
import { bindPattern, certificateName, id, instant } from './leaves.ts';

export const MOST_LISTED = 500;

const limit = z.int().min(1).max(MOST_LISTED);
/** Set by who checks the caller, never by the caller. */
const within = z.array(certificateName).max(100).optional();
const history = { certificateId: id.optional(), within, limit, after: id.optional() };

const tokenName = z.string().min(1).max(100);
const network = z.string().max(50).refine(isNetwork, {
  error: 'must be an IP address or a network, e.g. 10.0.0.0/8',
});

export const newToken = z.strictObject({
  name: tokenName,
  role: z.enum(ROLES),
  patterns: z.array(bindPattern).min(1).max(100).optional(),
  networks: z.array(network).min(1).max(100).optional(),
  expiresAt: instant.nullable().optional().describe('Absent: in 90 days. null: never.'),
});

export const RESOURCE_REQUESTS = {
  findCertificates: z.strictObject({
    within,
    status: z.enum(CERTIFICATE_STATUSES).optional(),
    expiresFrom: instant.optional(),
    expiresBefore: instant.optional(),
    name: certificateName.optional(),
    text: z.string().min(1).max(253).optional(),
    sort: z.enum(CERTIFICATE_SORTS),
    limit,
    after: z.strictObject({ id, expiresAt: z.int() }).optional(),
  }),
  countCertificates: z.strictObject({ within }),
  listIssuances: z.strictObject(history),
  showIssuance: z.strictObject({ id }),
  listOrders: z.strictObject({ ...history, isFinished: z.boolean().optional() }),
  showOrder: z.strictObject({ id }),
  listEndpoints: z.strictObject({ within }),
  listIssuers: z.strictObject({}),
  listAccounts: z.strictObject({}),
  listDnsCredentials: z.strictObject({}),
  readMetrics: z.strictObject({}),
  listTokens: z.strictObject({}),
  /** `createdBy` is set by who checks the caller. */
  createToken: newToken.extend({ createdBy: z.string().max(200).optional() }),
  rotateToken: z.strictObject({
    id,
    /** How long the old secret still counts. */
    graceSeconds: z.int().min(0).max(604_800),
    /** Absent: as it was. */
    expiresAt: instant.optional(),
  }),
  revokeToken: z.strictObject({ id }),
  listAudit: z.strictObject({
    limit,
    after: id.optional(),
    /** The id or the name of who it was. */
    actor: z.string().min(1).max(300).optional(),
    operation: z.string().max(50).optional(),
  }),
} as const satisfies Record<string, z.ZodType>;

type Requests = typeof RESOURCE_REQUESTS;
export type ResourceBody<Name extends keyof Requests> = z.output<Requests[Name]>;
