/**
 * Every status that the API's document names, reached; or in a table that says why not here.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import { describe, expect, it } from 'vitest';
import { MOST_FAILURES } from '../../src/api/access/attempts.ts';
import type { Route } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/http/routes.ts';
import { documentedFor, faultsOf } from '../support/api-document.ts';
import { type SampleRequest, sampleRequests } from '../support/api-samples.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  type ApiWorld,
  openApiWorld,
} from '../support/api-world.ts';

/** By status, or by operation and status. */
const NOT_HERE: Readonly<Record<string, string>> = {
  503: 'another process holds the database for long: the contract of the store',
  507: 'the disk is full: test/faults/full-disk.test.ts',
  'health 500': 'it asks nothing that could fail',
  'signInElsewhere 500': 'without a provider it asks nothing that could fail',
  'comeBack 500': 'without a provider it asks nothing that could fail',
  'signInElsewhere 303': 'test/contract/api-oidc.test.ts',
  'comeBack 303': 'test/contract/api-oidc.test.ts',
  'followEvents 200': 'its answer has no end: it has tests of its own',
  'replayDeliveries 200': 'nothing was given up here: it has tests of its own',
  'deployCertificate 202': 'there are no targets here: test/contract/api-deploy.test.ts',
  'exportKey 422': 'takes a certificate whose key is elsewhere: test/pebble/supplied-csr.test.ts',
  'removeCertificate 409': 'takes one of the configuration: test/pebble/bad-input.test.ts',
};

const { signal } = new AbortController();
const ignore = (): void => {};
const OURS = { 'sec-fetch-site': 'same-origin' };
const UNKNOWN = `certctl_${'0'.repeat(20)}_${'A'.repeat(43)}`;
const FAR = 'api: { address: "127.0.0.1:0", allow: [10.0.0.0/8] }';
const NO_DASHBOARD = 'api: { address: "127.0.0.1:0", dashboard: false }';
const OF_SESSIONS = new Set(['signIn', 'signOut', 'signInElsewhere', 'comeBack']);
const SMALL = (api: string): string => `
issuers: { internal: { type: internal } }
defaults: { issuer: internal }
listeners: []
${api}
`;

const reached = new Set<string>();

/** Sends, and holds the answer against the document. */
async function ask(
  world: ApiWorld,
  route: Route,
  path: string,
  request: ApiRequest,
): Promise<ApiAnswer> {
  const headers = { ...OURS, ...request.headers };
  const answer = await world.send(path, { ...request, method: route.method, headers });
  expect(faultsOf(route, answer)).toEqual([]);
  reached.add(`${route.id} ${answer.status}`);
  return answer;
}

async function expectStatus(status: number, answering: Promise<ApiAnswer>, what: string) {
  const answer = await answering;
  expect(`${what}: ${answer.status} ${answer.status === status ? '' : answer.body}`).toBe(
    `${what}: ${status} `,
  );
}

const documents = (route: Route, status: number): boolean =>
  documentedFor(route).responses[status] !== undefined;
const anyPath = (route: Route): string => route.path.replaceAll(/\{\w+\}/g, '0');
const isKnownOnly = ({ access }: Route): boolean => access !== 'public';

/** A request that its own schemas take, for `route` with this parameter in its path. */
function fitting(route: Route, samples: Readonly<Record<string, SampleRequest>>): SampleRequest {
  return samples[route.id] ?? { path: anyPath(route) };
}

describe('every documented status', () => {
  it('of success comes with what the schemas take', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    const samples = await sampleRequests(world, admin, await world.createToken('viewer'));
    const last = ['removeCertificate', 'revokeCertificate', 'revokeToken'];
    for (const route of ROUTES.toSorted((a, b) => last.indexOf(a.id) - last.indexOf(b.id))) {
      const sample = samples[route.id];
      if (sample === undefined) continue;
      const { path, body, status = route.status } = sample;
      const request = { token: admin.secret, body };
      await expectStatus(status, ask(world, route, path, request), route.id);
      if (route.hasEtag !== true) continue;
      const headers = { 'if-none-match': '*' };
      await expectStatus(304, ask(world, route, path, { ...request, headers }), route.id);
    }
    const own = await openCertificate();
    const route = routeOf('importCertificate');
    const request = { token: admin.secret, body: own };
    await expectStatus(201, ask(world, route, route.path, request), route.id);
    await expectStatus(409, ask(world, route, route.path, request), route.id);

    /** What another world of this kind has issued. */
    async function openCertificate() {
      await using other = await openApiWorld();
      const names = ['imported.example.com'];
      const order = { names, wanted: {}, isForced: false, isDryRun: false };
      await other.operations.issue(order, ignore, signal);
      const body = { name: 'imported.example.com', withKey: true };
      const exported = await other.operations.exportCertificate(body, ignore, signal);
      const { chainPem, privateKeyPem } = exported;
      return { chainPem, privateKeyPem };
    }
  });

  it('of a request that is not valid comes with what is not valid', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    const samples = await sampleRequests(world, admin, await world.createToken('viewer'));
    const token = admin.secret;
    for (const route of ROUTES) {
      const path = anyPath(route);
      const { path: fit, body } = fitting(route, samples);
      const wrong = path.replace('/0', route.id === 'exportRoot' ? '/%' : '/A!');
      const long = `${path}?code=${'x'.repeat(4_097)}`;
      if (documents(route, 400)) {
        const at = route.id === 'comeBack' ? long : path === wrong ? `${path}?color=red` : wrong;
        const request = { token, body: route.method === 'POST' ? '{' : undefined };
        await expectStatus(400, ask(world, route, at, request), route.id);
      }
      if (documents(route, 404) && !OF_SESSIONS.has(route.id)) {
        const at = UNFOUND[route.id] ?? path;
        await expectStatus(404, ask(world, route, at, { token, body }), route.id);
      }
      if (documents(route, 413)) {
        const headers = { 'content-length': '2000000' };
        await expectStatus(413, ask(world, route, fit, { token, body: '{', headers }), route.id);
      }
      if (documents(route, 415)) {
        const headers = { 'content-type': 'text/plain' };
        await expectStatus(415, ask(world, route, fit, { token, body: 'x', headers }), route.id);
      }
      if (documents(route, 412)) {
        const headers = { 'if-match': '"stale"' };
        await expectStatus(412, ask(world, route, fit, { token, body, headers }), route.id);
      }
      if (route.idempotency !== undefined) await askTwice(world, admin, route, fit, body);
    }
    for (const [id, path, body] of REFUSED) {
      await expectStatus(422, ask(world, routeOf(id), path, { token, body }), id);
    }
    for (const [receiver, status] of RECEIVERS) await askReceiver(receiver, status);
    await using other = await openApiWorld(SMALL(NO_DASHBOARD));
    const { secret } = await other.createToken('viewer');
    for (const id of OF_SESSIONS) {
      const route = routeOf(id);
      const body = id === 'signIn' ? { token: secret } : undefined;
      await expectStatus(404, ask(other, route, route.path, { body }), id);
    }
  });

  it('of who may not comes to strangers, from elsewhere and with too little', async () => {
    {
      await using world = await openApiWorld();
      for (const route of ROUTES) {
        const token = route.access === 'visitor' ? UNKNOWN : undefined;
        const body = route.id === 'signIn' ? { token: UNKNOWN } : undefined;
        if (!documents(route, 401)) continue;
        const request = { token, body };
        await expectStatus(401, ask(world, route, anyPath(route), request), route.id);
      }
      for (let failures = 0; failures < MOST_FAILURES; failures += 1) {
        await world.send('/v1/caller', { token: UNKNOWN });
      }
      for (const route of ROUTES.filter((each) => isKnownOnly(each) || each.id === 'signIn')) {
        const body = route.id === 'signIn' ? { token: UNKNOWN } : undefined;
        await expectStatus(429, ask(world, route, anyPath(route), { body }), route.id);
      }
      const agent = new Agent({ keepAlive: true, maxSockets: 8 });
      for (const route of ROUTES.filter(({ access }) => access === 'public')) {
        const answer = async (): Promise<number> => {
          await Promise.all(Array.from({ length: 100 }, () => world.send('/healthz', { agent })));
          return (await ask(world, route, anyPath(route), { body: bodyOf(route) })).status;
        };
        await expect.poll(answer, { timeout: 20_000 }).toBe(429);
      }
      agent.destroy();
    }
    await using far = await openApiWorld(SMALL(FAR));
    for (const route of ROUTES) {
      await expectStatus(403, ask(far, route, anyPath(route), { body: bodyOf(route) }), route.id);
    }
  }, 90_000);

  it('of a fault of ours comes without its details', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    await world.control.store.close();
    for (const route of ROUTES) {
      if (NOT_HERE[`${route.id} 500`] !== undefined) continue;
      const body = route.id === 'signIn' ? { token: admin.secret } : undefined;
      const answer = await ask(world, route, anyPath(route), { token: admin.secret, body });
      expect(`${route.id} ${answer.status} ${answer.body}`).toMatch(/^\w+ 500 .*has the details/);
      expect(answer.body).not.toContain('database');
    }
  });

  it('was reached, or has its reason', () => {
    const documented = ROUTES.flatMap((route) =>
      Object.keys(documentedFor(route).responses).map((status) => ({ route, status })),
    );
    const missed = documented
      .map(({ route, status }) => ({ key: `${route.id} ${status}`, status }))
      .filter(({ key }) => !reached.has(key));
    const unexplained = missed.filter(
      ({ key, status }) => NOT_HERE[key] === undefined && NOT_HERE[status] === undefined,
    );
    expect(unexplained.map(({ key }) => key)).toEqual([]);
    // A reason that is none any more.
    const keys = new Set(missed.flatMap(({ key, status }) => [key, status]));
    expect(Object.keys(NOT_HERE).filter((key) => !keys.has(key))).toEqual([]);
  });
});

/** Where the path alone finds something, or what is asked for is in the query. */
const UNFOUND: Readonly<Record<string, string>> = {
  listEvents: '/v1/events?cursor=eyJpZCI6IjAifQ',
};

const REFUSED: readonly (readonly [id: string, path: string, body?: unknown])[] = [
  ['issueCertificate', '/v1/certificates', { names: ['a.example.com'], issuers: ['x'] }],
  ['createToken', '/v1/tokens', { name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }],
  ['exportRoot', '/v1/issuers/corporate/root'],
  ['explain', '/v1/explain?name=*.customer.net'],
  ['listEvents', '/v1/events?type=nothing.such'],
  ['followEvents', '/v1/events/stream?type=nothing.such'],
];

/** One that takes what it gets, one that does not, and one where nothing may be sent to. */
const RECEIVERS = [
  ['{ type: command, command: [/bin/true] }', 200],
  ['{ type: command, command: [/bin/false] }', 502],
  [`{ type: webhook, url: 'https://127.0.0.1/', secret: whsec_${'QUJD'.repeat(10)} }`, 422],
] as const;

async function askReceiver(receiver: string, status: number): Promise<void> {
  const api = `api: { address: "127.0.0.1:0" }\nnotify: { chat: ${receiver} }`;
  await using world = await openApiWorld(SMALL(api));
  const { secret: token } = await world.createToken('admin');
  const route = routeOf('testSubscription');
  const path = '/v1/subscriptions/chat/test';
  await expectStatus(status, ask(world, route, path, { token, body: {} }), receiver);
}

function routeOf(id: string): Route {
  const route = ROUTES.find((each) => each.id === id);
  if (route === undefined) throw new Error(`there is no operation ${id}`);
  return route;
}

function bodyOf(route: Route): unknown {
  return route.method === 'POST' ? {} : undefined;
}

/** While the first request with a key is under way, and with another request for the same key. */
async function askTwice(
  world: ApiWorld,
  { id, secret: token }: { readonly id: string; readonly secret: string },
  route: Route,
  path: string,
  body: unknown,
): Promise<void> {
  const { idempotency } = world.control.store;
  const request = createHash('sha256').update(JSON.stringify([route.method, path, body ?? null]));
  const now = new Date();
  const key = `${route.id}-1`;
  await idempotency.claim({ caller: `token:${id}`, key }, request.digest(), now, new Date(0));
  const headers = { 'idempotency-key': key };
  await expectStatus(409, ask(world, route, path, { token, body, headers }), route.id);
  const other = `${path}?`;
  await expectStatus(422, ask(world, route, other, { token, body, headers }), route.id);
}
