/**
 * The resources about certctl itself: jobs, endpoints, issuers, accounts, tokens, the audit log, health.
 *
 * @module
 */
import { z } from 'zod';
import { certificateName, id, instant } from '../leaves.ts';
import { newToken } from '../resource-requests.ts';
import { callerView } from './caller-view.ts';
import { decodeCursor } from './cursor.ts';
import { pageById, pageQuery, startJob } from './certificate-routes.ts';
import { type Route, route } from './route.ts';
import * as schemas from './schemas.ts';
import { streamJob } from './job-stream.ts';

const ofId = z.strictObject({ id });
const listed = <Item extends z.ZodType>(item: Item) => z.strictObject({ items: z.array(item) });

export const checked = z.strictObject({
  names: z.array(certificateName).max(1_000).describe('None: all that is managed.'),
});
export const rotation = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(0)
    .describe('How long the secret before still counts.'),
  expiresAt: instant.optional().describe('Absent: as it was.'),
});

export const SYSTEM_ROUTES: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: '/v1/jobs',
      id: 'listJobs',
      summary: 'Work that was asked for here within the last hour, the newest first.',
      tag: 'jobs',
      access: 'anyone',
      status: 200,
      answer: listed(schemas.job),
    },
    async ({ jobs, caller }) => ({ body: { items: jobs.list(caller) } }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/jobs/{id}',
      id: 'getJob',
      summary: 'How one piece of work goes.',
      tag: 'jobs',
      access: 'anyone',
      params: ofId,
      status: 200,
      answer: schemas.job,
      errors: ['api/not-found'],
    },
    async ({ jobs, caller, params }) => ({ body: jobs.find(caller, params.id) }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/jobs/{id}/events',
      id: 'followJob',
      summary: 'Its steps as they happen; the last event is done or failed and has the whole job.',
      tag: 'jobs',
      access: 'anyone',
      params: ofId,
      status: 200,
      answer: z.string(),
      type: 'text/event-stream',
      hasLastEventId: true,
      errors: ['api/not-found'],
    },
    async (call) => streamJob(call, call.params.id),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/endpoints',
      id: 'listEndpoints',
      summary: 'What is done with connections, by host.',
      tag: 'terminator',
      access: 'listEndpoints',
      status: 200,
      answer: listed(schemas.endpoint),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.listEndpoints({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/explain',
      id: 'explain',
      summary: 'Which endpoint, policy and certificate a server name gets, and why.',
      tag: 'terminator',
      access: 'explain',
      query: z.strictObject({ name: certificateName }),
      status: 200,
      answer: schemas.explanation,
      errors: ['input/invalid'],
    },
    async ({ query, operations, report, signal }) => ({
      body: await operations.explain(query, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/issuers',
      id: 'listIssuers',
      summary: 'Who signs.',
      tag: 'issuers',
      access: 'listIssuers',
      status: 200,
      answer: listed(schemas.issuer),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.listIssuers({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/issuers/{name}/root',
      id: 'exportRoot',
      summary: 'The root of an internal CA.',
      tag: 'issuers',
      access: 'exportAuthority',
      params: z.strictObject({ name: z.string().min(1).max(300) }),
      status: 200,
      answer: schemas.exported,
      type: 'application/x-pem-file',
      errors: ['issuer/unknown', 'issuer/unsupported'],
    },
    async ({ params, operations, report, signal }) => {
      const { rootPem } = await operations.exportAuthority({ issuer: params.name }, report, signal);
      return { body: rootPem };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/accounts',
      id: 'listAccounts',
      summary: 'The accounts at CAs, as they were last seen.',
      tag: 'issuers',
      access: 'listAccounts',
      status: 200,
      answer: listed(schemas.account),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.listAccounts({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/dns-credentials',
      id: 'listDnsCredentials',
      summary: 'Names, providers and zones; never what is secret.',
      tag: 'issuers',
      access: 'listDnsCredentials',
      status: 200,
      answer: listed(schemas.dnsCredential),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.listDnsCredentials({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/doctor',
      id: 'diagnose',
      summary: 'Look for what would make orders fail. The result of the job are the findings.',
      tag: 'certificates',
      access: 'diagnose',
      body: checked,
      status: 202,
      answer: schemas.job,
    },
    (call) =>
      startJob(call, 'diagnose', (report) =>
        call.operations.diagnose(call.body, report, call.signal),
      ),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/tokens',
      id: 'listTokens',
      summary: 'Tokens without their secrets, the newest first.',
      tag: 'access',
      access: 'listTokens',
      status: 200,
      answer: listed(schemas.token),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.listTokens({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/tokens',
      id: 'createToken',
      summary: 'A new token. Its secret is shown this once.',
      tag: 'access',
      access: 'createToken',
      body: newToken,
      status: 201,
      answer: schemas.shownToken,
      idempotency: 'secret',
      errors: ['input/invalid'],
    },
    async ({ body, operations, report, signal }) => ({
      body: await operations.createToken(body, report, signal),
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/tokens/{id}/rotate',
      id: 'rotateToken',
      summary: 'A new secret for the same token. It is shown this once.',
      tag: 'access',
      access: 'rotateToken',
      params: ofId,
      body: rotation,
      status: 200,
      answer: schemas.shownToken,
      idempotency: 'secret',
      errors: ['token/not-found', 'token/revoked', 'input/invalid'],
    },
    async ({ params, body, operations, report, signal }) => ({
      body: await operations.rotateToken({ ...params, ...body }, report, signal),
    }),
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/tokens/{id}',
      id: 'revokeToken',
      summary: 'Revoke it: no request with it is answered from now on.',
      tag: 'access',
      access: 'revokeToken',
      params: ofId,
      status: 204,
      errors: ['token/not-found'],
    },
    async ({ params, operations, report, signal }) => {
      await operations.revokeToken(params, report, signal);
      return {};
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/audit',
      id: 'listAudit',
      summary: 'Who changed what, from where, the newest first.',
      tag: 'access',
      access: 'listAudit',
      query: z.strictObject({
        ...pageQuery,
        actor: z
          .string()
          .min(1)
          .max(300)
          .optional()
          .describe('The id or the name of the token, the person or the user who did it.'),
        operation: z.string().max(50).optional(),
      }),
      status: 200,
      answer: schemas.pageOf(schemas.auditEntry),
    },
    async ({ query, operations, report, signal }) => {
      const { cursor, ...filter } = query;
      const after = cursor === undefined ? undefined : decodeCursor(cursor).id;
      const records = await operations.listAudit({ ...filter, after }, report, signal);
      return pageById(records, query.limit);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/caller',
      id: 'getCaller',
      summary: 'Who asks, and what it may do.',
      tag: 'access',
      access: 'anyone',
      status: 200,
      answer: schemas.caller,
    },
    async ({ caller }) => ({ body: callerView(caller) }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/status',
      id: 'getStatus',
      summary: 'The daemon: version, listeners, workers.',
      tag: 'system',
      access: 'status',
      status: 200,
      answer: schemas.status,
    },
    async ({ operations, report, signal }) => ({
      body: await operations.status({}, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/metrics',
      id: 'readMetrics',
      summary: "What is counted, in Prometheus' text format.",
      tag: 'system',
      access: 'readMetrics',
      status: 200,
      answer: schemas.exported,
      type: 'text/plain',
    },
    async ({ operations, report, signal }) => ({
      body: (await operations.readMetrics({}, report, signal)).text,
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/healthz',
      id: 'health',
      summary: 'The control process answers.',
      tag: 'system',
      access: 'public',
      status: 200,
      answer: schemas.alive,
    },
    async () => ({ body: { status: 'ok' } }),
  ),
  route(
    {
      method: 'GET',
      path: '/readyz',
      id: 'ready',
      summary: 'The store answers, and the daemon does its work.',
      tag: 'system',
      access: 'public',
      status: 200,
      answer: schemas.alive,
      errors: ['store/busy', 'store/corrupt'],
    },
    async ({ checkReady }) => {
      await checkReady();
      return { body: { status: 'ok' } };
    },
  ),
];
