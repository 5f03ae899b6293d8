/**
 * The API against its own OpenAPI document: every operation, whatever it is sent.
 *
 * @module
 */
import SwaggerParser from '@apidevtools/swagger-parser';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/api/http/openapi.ts';
import type { Route } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/http/routes.ts';
import { problem } from '../../src/api/http/schemas.ts';
import { API_TOKEN, type ApiAnswer, MAC_KEY, openApiWorld } from '../support/api-world.ts';

interface Documented {
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, unknown> }>>;
}
const document = openApiDocument('0.0.0') as unknown as {
  readonly paths: Record<string, Record<string, Documented>>;
};

/** The stream of events is there for as long as its token; it has tests of its own. */
const ENDING = ROUTES.filter(({ id }) => id !== 'followEvents');

/** What of an answer is not as its route documents it. */
function faultsOf(route: Route, { status, headers, body }: ApiAnswer): string[] {
  const documented = document.paths[route.path]?.[route.method.toLowerCase()]?.responses[status];
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  const title = `${route.id}: ${status} ${type} ${body.slice(0, 300)}`;
  if (documented === undefined) return [`${title}: not documented`];
  const types = Object.keys(documented.content ?? {});
  if (types.length === 0) return body === '' ? [] : [`${title}: has a body`];
  if (!types.includes(type)) return [`${title}: another type`];
  const schema = status >= 400 ? problem : route.type === undefined ? route.answer : undefined;
  if (schema === undefined) return [];
  const { error } = schema.safeParse(JSON.parse(body));
  return error === undefined ? [] : [`${title}: ${error.message}`];
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const copy = structuredClone(document) as unknown as Parameters<
      typeof SwaggerParser.validate
    >[0];
    await expect(SwaggerParser.validate(copy)).resolves.toMatchObject({ openapi: '3.1.1' });
  });

  it('names each operation once', () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('every operation', () => {
  it('answers as documented, and says no secret', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    const spare = await world.createToken('viewer');
    const get = async <T>(path: string): Promise<T> =>
      JSON.parse((await world.send(path, { token: admin.secret })).body) as T;
    const { items } = await get<{ items: { id: string; names: string[] }[] }>('/v1/certificates');
    const idOf = (name: string) => items.find(({ names }) => names.includes(name))?.id ?? '';
    const { items: issuances } = await get<{ items: { id: string }[] }>('/v1/issuances');
    const { items: events } = await get<{ items: { id: string }[] }>('/v1/events');
    const { items: orders } = await get<{ items: { id: string }[] }>('/v1/orders');
    const started = await world.send('/v1/certificates', {
      method: 'POST',
      token: admin.secret,
      body: { names: ['job.example.com'] },
    });
    const job = JSON.parse(started.body) as { id: string };

    const app = idOf('app.example.com');
    const samples: Record<string, readonly [path: string, body?: unknown]> = {
      listCertificates: ['/v1/certificates?status=valid&sort=expires&limit=2'],
      issueCertificate: ['/v1/certificates', { names: ['new.example.com'], dryRun: true }],
      importCertificate: ['/v1/certificates/import', { chainPem: 'x', privateKeyPem: 'y' }],
      countCertificates: ['/v1/certificates/summary'],
      getCertificate: [`/v1/certificates/${app}`],
      removeCertificate: [`/v1/certificates/${idOf('b.customer.net')}`],
      renewCertificate: [`/v1/certificates/${app}/renew`, {}],
      revokeCertificate: [`/v1/certificates/${idOf('a.customer.net')}/revoke`, {}],
      exportChain: [`/v1/certificates/${app}/chain`],
      exportKey: [`/v1/certificates/${app}/key`],
      listIssuances: [`/v1/issuances?certificate=${app}`],
      getIssuance: [`/v1/issuances/${issuances[0]?.id}`],
      listOrders: ['/v1/orders?finished=true'],
      getOrder: [`/v1/orders/${orders[0]?.id}`],
      listJobs: ['/v1/jobs'],
      getJob: [`/v1/jobs/${job.id}`],
      followJob: [`/v1/jobs/${job.id}/events`],
      listEndpoints: ['/v1/endpoints'],
      explain: ['/v1/explain?name=app.example.com'],
      listIssuers: ['/v1/issuers'],
      exportRoot: ['/v1/issuers/internal/root'],
      listAccounts: ['/v1/accounts'],
      listDnsCredentials: ['/v1/dns-credentials'],
      diagnose: ['/v1/doctor', { names: ['app.example.com'] }],
      listTokens: ['/v1/tokens'],
      createToken: ['/v1/tokens', { name: 'new', role: 'viewer', patterns: ['bind:*.a.example'] }],
      rotateToken: [`/v1/tokens/${spare.id}/rotate`, { graceSeconds: 60 }],
      revokeToken: [`/v1/tokens/${spare.id}`],
      listEvents: ['/v1/events?type=certificate.*&order=oldest&since=2026-01-01T00:00:00Z'],
      getEvent: [`/v1/events/${events[0]?.id}`],
      listSubscriptions: ['/v1/subscriptions'],
      listDeadDeliveries: ['/v1/deliveries/dead?subscription=chat'],
      testSubscription: ['/v1/subscriptions/chat/test', {}],
      replayDeliveries: ['/v1/deliveries/replay', {}],
      listAudit: ['/v1/audit?limit=100'],
      getCaller: ['/v1/caller'],
      getSession: ['/v1/session'],
      signIn: ['/v1/session', { token: admin.secret }],
      signOut: ['/v1/session'],
      signInElsewhere: ['/v1/session/oidc'],
      comeBack: ['/v1/session/oidc/callback?code=x&state=y'],
      getStatus: ['/v1/status'],
      readMetrics: ['/metrics'],
      health: ['/healthz'],
      ready: ['/readyz'],
    };
    expect(Object.keys(samples).toSorted()).toEqual(ENDING.map(({ id }) => id).toSorted());
    const refused = new Map([
      ['importCertificate', 422],
      ['testSubscription', 404],
      ['replayDeliveries', 404],
      // Without a provider.
      ['signInElsewhere', 404],
      ['comeBack', 404],
    ]);
    const shown: string[] = [];
    // What revokes and removes comes last: the others need what is there.
    const last = ['removeCertificate', 'revokeCertificate', 'revokeToken', 'listAudit'];
    for (const route of ENDING.toSorted((a, b) => last.indexOf(a.id) - last.indexOf(b.id))) {
      const [path, body] = samples[route.id] ?? [''];
      const before = world.said.length;
      const headers = { 'sec-fetch-site': 'same-origin' };
      const { method } = route;
      const answer = await world.send(path, { method, token: admin.secret, headers, body });
      expect(answer.status, `${route.id}: ${answer.body}`).toBe(
        refused.get(route.id) ?? route.status,
      );
      expect(faultsOf(route, answer)).toEqual([]);
      // Three operations are there to show a secret; nothing else ever does.
      if (['exportKey', 'createToken', 'rotateToken'].includes(route.id)) {
        shown.push(...world.said.splice(before));
      }
    }
    expect(shown.join()).toContain('PRIVATE KEY');
    const said = world.said.join('\n');
    const secrets = [...world.secrets, API_TOKEN, MAC_KEY, 'PRIVATE KEY'];
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).not.toMatch(/certctl_[0-9a-f]{20}_/);
  });

  it('refuses who is not known, as documented', async () => {
    await using world = await openApiWorld();
    for (const route of ROUTES.filter(
      ({ access }) => access !== 'public' && access !== 'visitor',
    )) {
      const answer = await world.send(route.path.replaceAll(/\{\w+\}/g, '1'), {
        method: route.method,
      });
      expect(faultsOf(route, answer)).toEqual([]);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('refuses whatever does not fit, and never fails itself', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    // Doctor looks at the network; what it is sent is checked like all else.
    const fuzzed = ENDING.filter(({ id }) => id !== 'diagnose' && id !== 'followJob');
    const word = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('..', '%00', 'null', '0', '-1', '1e9', '*', 'a.example.com', '*.example.com'),
      fc.constantFrom('2026-11-22T00:00:00Z', 'valid', 'true', '__proto__', 'constructor'),
    );
    const value = fc.oneof(word, fc.jsonValue({ maxDepth: 3 }));
    const keys = [
      'names',
      'csr',
      'issuers',
      'challenges',
      'keyTypes',
      'dns',
      'profile',
      'force',
      'dryRun',
      'chainPem',
      'privateKeyPem',
      'reason',
      'by',
      'name',
      'role',
      'patterns',
      'networks',
      'expiresAt',
      'graceSeconds',
      'limit',
      'cursor',
      'sort',
      'status',
      'expires_before',
      'q',
      'certificate',
      'finished',
      'operation',
      'type',
      'since',
      'order',
      'subscription',
      'event',
    ];
    const query = fc.dictionary(fc.constantFrom(...keys), word, { maxKeys: 4 });
    const body = fc.oneof(
      { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 }) },
      fc.jsonValue({ maxDepth: 4 }),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fuzzed),
        word,
        query,
        body,
        fc.option(word, { nil: undefined }),
        async (route, parameter, parameters, given, key) => {
          const path = route.path.replaceAll(/\{\w+\}/g, () => encode(parameter));
          const search = new URLSearchParams(parameters).toString();
          const answer = await world.send(`${path}${search === '' ? '' : `?${search}`}`, {
            method: route.method,
            token: admin.secret,
            ...(route.body === undefined ? {} : { body: given }),
            headers:
              key === undefined ? {} : { 'idempotency-key': encodeURIComponent(encode(key)) },
          });
          expect(answer.status, `${route.id} ${path}: ${answer.body}`).toBeLessThan(500);
          // A parameter that is empty or leads out of its place is another resource.
          const isElsewhere = answer.status === 404 || answer.status === 405;
          expect(isElsewhere ? [] : faultsOf(route, answer)).toEqual([]);
        },
      ),
      {
        numRuns: 250,
      },
    );
  }, 60_000);
});

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
