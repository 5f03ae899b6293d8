/**
 * The resources about certificates: inventory, history, and the work on them.
 *
 * @module
 */
import { z } from 'zod';
import { CHALLENGE_TYPES, KEY_ALGORITHMS, KEY_TYPES } from '../../core/certificate-spec.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../../core/revocation-reason.ts';
import { changedMeanwhile } from '../../lifecycle/as-seen.ts';
import { CERTIFICATE_SORTS, CERTIFICATE_STATUSES } from '../../store/inventory.ts';
import { certificateName, id, instant } from '../leaves.ts';
import { MOST_LISTED } from '../resource-requests.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { etagOf, matches, matchesAny } from './etag.ts';
import { type Answer, type Call, type Route, route } from './route.ts';
import * as schemas from './schemas.ts';

const TAG = 'certificates';
const ofId = z.strictObject({ id });

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(50),
  cursor: z.string().max(300).optional().describe('`next` of the page before.'),
};
const truth = z.enum(['true', 'false']).transform((word) => word === 'true');
const reasons = Object.keys(REVOCATION_REASONS) as [RevocationReason, ...RevocationReason[]];
const label = z.string().min(1).max(300);

export const newCertificate = z
  .strictObject({
    names: z.array(certificateName).min(1).max(100).optional().describe('With csr: those of it.'),
    csr: z
      .string()
      .max(100_000)
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional()
      .describe('DER of a PKCS #10 request, base64url: its key never comes here.'),
    issuers: z.array(label).min(1).max(10).optional().describe('Tried in this order.'),
    challenges: z.array(z.enum(CHALLENGE_TYPES)).min(1).optional(),
    keyTypes: z.array(z.enum(KEY_TYPES)).min(1).max(KEY_ALGORITHMS.length).optional(),
    dns: label.optional().describe('The DNS credential by its name.'),
    profile: label.optional(),
    preferredChain: z.string().min(1).max(100).optional(),
    reuseKey: z.boolean().optional(),
    force: z.boolean().default(false).describe('Replace a certificate that is good as it is.'),
    dryRun: z.boolean().default(false).describe('Say what would be done.'),
  })
  .refine(({ names, csr }) => names !== undefined || csr !== undefined, {
    path: ['names'],
    error: 'is required, as there is no csr',
  });

export const imported = z.strictObject({
  chainPem: z
    .string()
    .min(1)
    .max(256 * 1024),
  privateKeyPem: z
    .string()
    .min(1)
    .max(256 * 1024),
});

export const revocation = z.strictObject({
  reason: z.enum(reasons).default('unspecified'),
  by: z.enum(['account', 'key']).optional(),
});

export const CERTIFICATE_ROUTES: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: '/v1/certificates',
      id: 'listCertificates',
      summary: 'What is managed, in pages and by filters.',
      tag: TAG,
      access: 'findCertificates',
      query: z.strictObject({
        ...pageQuery,
        sort: z.enum(CERTIFICATE_SORTS).default('created').describe('-created: the newest first.'),
        status: z.enum(CERTIFICATE_STATUSES).optional(),
        expires_from: instant.optional(),
        expires_before: instant.optional(),
        name: certificateName.optional().describe('One of its names, or covered by one.'),
        q: z.string().min(1).max(253).optional().describe('A part of one of its names.'),
      }),
      status: 200,
      answer: schemas.pageOf(schemas.certificate),
    },
    async ({ query, operations, report, signal }) => {
      const { limit, cursor, sort, status, name, q } = query;
      const { expires_from: expiresFrom, expires_before: expiresBefore } = query;
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      const found = await operations.findCertificates(
        {
          sort,
          limit,
          ...(status === undefined ? {} : { status }),
          ...(expiresFrom === undefined ? {} : { expiresFrom }),
          ...(expiresBefore === undefined ? {} : { expiresBefore }),
          ...(name === undefined ? {} : { name }),
          ...(q === undefined ? {} : { text: q.toLowerCase() }),
          ...(after === undefined
            ? {}
            : { after: { id: after.id, expiresAt: after.expiresAt ?? 0 } }),
        },
        report,
        signal,
      );
      const last = found.length < limit ? undefined : found.at(-1);
      const expiresAt = Date.parse(last?.current?.notAfter ?? '') || 0;
      return page(found, last && { id: last.id, expiresAt });
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/certificates',
      id: 'issueCertificate',
      summary: 'Obtain a certificate and keep it renewed. The job says how it goes.',
      tag: TAG,
      access: 'issue',
      body: newCertificate,
      status: 202,
      answer: schemas.job,
      idempotency: 'kept',
      errors: ['name/invalid', 'issuer/unknown', 'certificate/conflict'],
    },
    (call) => {
      const { names = [], csr, force, dryRun, ...wanted } = call.body;
      const body = {
        names,
        wanted: withoutUndefined(wanted),
        ...(csr === undefined ? {} : { csr }),
        isForced: force,
        isDryRun: dryRun,
      };
      return startJob(call, 'issue', (report) => call.operations.issue(body, report, call.signal));
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/certificates/import',
      id: 'importCertificate',
      summary: 'Take over a chain with its key. It is served, and never renewed.',
      tag: TAG,
      access: 'importCertificate',
      body: imported,
      status: 201,
      answer: schemas.certificate,
      idempotency: 'kept',
      errors: ['input/invalid', 'certificate/conflict'],
    },
    async ({ body, operations, report, signal }) => {
      const certificate = await operations.importCertificate(body, report, signal);
      return { body: certificate, headers: { location: `/v1/certificates/${certificate.id}` } };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/certificates/summary',
      id: 'countCertificates',
      summary: 'How many there are by status, and how many expire on which day.',
      tag: TAG,
      access: 'countCertificates',
      status: 200,
      answer: schemas.counts,
    },
    async ({ operations, report, signal }) => ({
      body: await operations.countCertificates({}, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/certificates/{id}',
      id: 'getCertificate',
      summary: 'One certificate with its chain, its history and what comes next.',
      tag: TAG,
      access: 'show',
      params: ofId,
      status: 200,
      answer: schemas.certificateDetail,
      hasEtag: true,
      errors: ['certificate/not-found'],
    },
    async (call) => ({ body: await show(call, call.params.id) }),
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/certificates/{id}',
      id: 'removeCertificate',
      summary: 'Forget it with its key and history. The CA is not told.',
      tag: TAG,
      access: 'remove',
      params: ofId,
      status: 204,
      isConditional: true,
      errors: ['certificate/not-found', 'certificate/conflict'],
    },
    async (call) => {
      const choice = { name: '', ...(await seen(call, call.params.id)) };
      await call.operations.remove(choice, call.report, call.signal);
      return {};
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/certificates/{id}/renew',
      id: 'renewCertificate',
      summary: 'Renew it now, whatever the plan says. The job says how it goes.',
      tag: TAG,
      access: 'renew',
      params: ofId,
      status: 202,
      answer: schemas.job,
      idempotency: 'kept',
      isConditional: true,
      errors: ['certificate/not-found'],
    },
    async (call) => {
      const { id: only, ...revision } = await seen(call, call.params.id);
      return startJob(call, 'renew', async (report) => {
        const body = { ids: [only], ...revision };
        const [result] = await call.operations.renew(body, report, call.signal);
        return result;
      });
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/certificates/{id}/revoke',
      id: 'revokeCertificate',
      summary: 'Revoke what is served now. The job says how it goes.',
      tag: TAG,
      access: 'revoke',
      params: ofId,
      body: revocation,
      status: 202,
      answer: schemas.job,
      idempotency: 'kept',
      isConditional: true,
      errors: ['certificate/not-found', 'issuer/unsupported'],
    },
    async (call) => {
      const body = { name: '', ...(await seen(call, call.params.id)), ...call.body };
      return startJob(call, 'revoke', (report) =>
        call.operations.revoke(body, report, call.signal),
      );
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/certificates/{id}/chain',
      id: 'exportChain',
      summary: 'The chain that is served now.',
      tag: TAG,
      access: 'exportCertificate',
      params: ofId,
      status: 200,
      answer: schemas.exported,
      type: 'application/pem-certificate-chain',
      errors: ['certificate/not-found'],
    },
    async ({ params, operations, report, signal }) => {
      const choice = { name: '', id: params.id, withKey: false };
      return { body: (await operations.exportCertificate(choice, report, signal)).chainPem };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/certificates/{id}/key',
      id: 'exportKey',
      summary: 'The private key (PKCS #8). Each time is in the audit log.',
      tag: TAG,
      access: 'exportCertificate/key',
      params: ofId,
      status: 200,
      answer: schemas.exported,
      type: 'application/x-pem-file',
      errors: ['certificate/not-found', 'input/invalid'],
    },
    async ({ params, operations, report, signal }) => {
      const choice = { name: '', id: params.id, withKey: true };
      return { body: (await operations.exportCertificate(choice, report, signal)).privateKeyPem };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/issuances',
      id: 'listIssuances',
      summary: 'Every chain that was signed, the newest first.',
      tag: 'history',
      access: 'listIssuances',
      query: z.strictObject({ ...pageQuery, certificate: id.optional() }),
      status: 200,
      answer: schemas.pageOf(schemas.issuanceDetail),
    },
    async ({ query, operations, report, signal }) => {
      const body = historyOf(query);
      return pageById(await operations.listIssuances(body, report, signal), query.limit);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/issuances/{id}',
      id: 'getIssuance',
      summary: 'One chain that was signed.',
      tag: 'history',
      access: 'showIssuance',
      params: ofId,
      status: 200,
      answer: schemas.issuanceDetail,
      errors: ['api/not-found'],
    },
    async ({ params, operations, report, signal }) => ({
      body: await operations.showIssuance(params, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/orders',
      id: 'listOrders',
      summary: 'Orders at CAs, the newest first.',
      tag: 'history',
      access: 'listOrders',
      query: z.strictObject({
        ...pageQuery,
        certificate: id.optional(),
        finished: truth.optional(),
      }),
      status: 200,
      answer: schemas.pageOf(schemas.order),
    },
    async ({ query, operations, report, signal }) => {
      const { finished: isFinished } = query;
      const body = { ...historyOf(query), ...(isFinished === undefined ? {} : { isFinished }) };
      return pageById(await operations.listOrders(body, report, signal), query.limit);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/orders/{id}',
      id: 'getOrder',
      summary: 'One order.',
      tag: 'history',
      access: 'showOrder',
      params: ofId,
      status: 200,
      answer: schemas.order,
      errors: ['api/not-found'],
    },
    async ({ params, operations, report, signal }) => ({
      body: await operations.showOrder(params, report, signal),
    }),
  ),
];

export function page(
  items: readonly unknown[],
  last: { readonly id: string; readonly expiresAt?: number } | undefined,
): Answer {
  return { body: { items, ...(last === undefined ? {} : { next: encodeCursor(last) }) } };
}

export function pageById(items: readonly { readonly id: string }[], limit: number): Answer {
  const last = items.length < limit ? undefined : items.at(-1);
  return page(items, last && { id: last.id });
}

export async function startJob(
  { jobs, caller, requestId }: Call,
  operation: string,
  work: Parameters<Call['jobs']['start']>[3],
): Promise<Answer> {
  const job = await jobs.start(caller, operation, requestId, work);
  return { body: job, headers: { location: `/v1/jobs/${job.id}` } };
}

function historyOf(query: {
  limit: number;
  cursor?: string | undefined;
  certificate?: string | undefined;
}) {
  const { limit, cursor, certificate } = query;
  return {
    limit,
    ...(cursor === undefined ? {} : { after: decodeCursor(cursor).id }),
    ...(certificate === undefined ? {} : { certificateId: certificate }),
  };
}

function show({ operations, report, signal }: Call, certificateId: string) {
  return operations.show({ name: '', id: certificateId }, report, signal);
}

/**
 * What is to be changed, with the revision that the caller has seen: the transaction of the change
 * looks at that again.
 * @throws `api/changed`.
 */
async function seen(
  call: Call,
  certificateId: string,
): Promise<{ readonly id: string; readonly revision?: number }> {
  const { ifMatch } = call;
  if (ifMatch === undefined || matchesAny(ifMatch)) return { id: certificateId };
  const shown = await show(call, certificateId);
  if (!matches(ifMatch, etagOf(shown))) throw changedMeanwhile();
  return { id: certificateId, revision: shown.revision };
}

/** Absent, not undefined: what is spread over defaults must not erase them. */
function withoutUndefined<T extends object>(
  values: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]: Exclude<T[K], undefined> };
}
