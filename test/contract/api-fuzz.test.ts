/**
 * Requests by chance, made from the API's own document: right, nearly right and wrong.
 *
 * No answer is a fault of ours or another than documented, none takes long, and what is refused has
 * changed nothing.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/http/routes.ts';
import { documentedFor, faultsOf } from '../support/api-document.ts';
import { type KnownValues, valuesOf, wrongOf } from '../support/schema-values.ts';
import {
  API_TOKEN,
  type ApiRequest,
  type ApiWorld,
  MAC_KEY,
  openApiWorld,
} from '../support/api-world.ts';

const { signal } = new AbortController();
const ignore = (): void => {};
const RUNS = 300;
const LONGEST_MS = 5_000;
/** Looks at the network for as long as that takes; has no end; locks out who guesses. */
const LEFT_OUT = new Set(['diagnose', 'followEvents', 'followJob', 'signIn']);
const FUZZED = ROUTES.filter(({ id }) => !LEFT_OUT.has(id));

interface Sent {
  readonly id: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly who: number;
}

function requests(route: Route, known: KnownValues): fc.Arbitrary<Sent> {
  const { parameters, requestBody } = documentedFor(route);
  const place = (of: string) => {
    const model = Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === of)
        .map(({ name, schema }) => [name, valuesOf(schema, known)]),
    );
    const required = parameters.filter((each) => each.in === of && each.required);
    const right = fc.record(model, { requiredKeys: required.map(({ name }) => name) });
    return fc.oneof({ weight: 3, arbitrary: right }, { weight: 1, arbitrary: wrongOf(right) });
  };
  const schema = requestBody?.content['application/json']?.schema;
  const right = schema === undefined ? fc.constant(undefined) : valuesOf(schema, known);
  const body =
    route.method === 'POST'
      ? fc.oneof(
          { weight: 6, arbitrary: right },
          { weight: 3, arbitrary: wrongOf(right) },
          { weight: 1, arbitrary: fc.string() },
        )
      : fc.constant(undefined);
  return fc
    .tuple(place('path'), place('query'), place('header'), body, fc.nat({ max: 3 }))
    .map(([path, query, header, given, who]) => ({
      id: route.id,
      path: `${pathOf(route, path)}${queryOf(query)}`,
      headers: Object.fromEntries(
        entriesOf(header)
          .filter(([name]) => parameters.some((each) => each.in === 'header' && each.name === name))
          .map(([name, value]) => [name, encode(value).slice(0, 300)]),
      ),
      body: given,
      who,
    }));
}

function pathOf({ path }: Route, given: unknown): string {
  const values = new Map(entriesOf(given));
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encode(values.get(name) ?? '0'));
}

function queryOf(given: unknown): string {
  const pairs = entriesOf(given).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function entriesOf(given: unknown): [string, unknown][] {
  return typeof given === 'object' && given !== null ? Object.entries(given) : [];
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Dots alone would lead to another resource.
  return encodeURIComponent(text.toWellFormed().slice(0, 250)).replaceAll('.', '%2E');
}

/** All that requests can change, but for the notes on their use. */
async function stateOf({ control: { store } }: ApiWorld): Promise<string> {
  const page = { limit: 500 };
  const [certificates, issuances, orders, tokens, accounts] = await Promise.all([
    store.certificates.list(page),
    store.inventory.issuances({}, page),
    store.inventory.orders({}, page),
    store.tokens.list(),
    store.accounts.list(),
  ]);
  const listed = tokens.map(({ lastUsedAt: _use, ...rest }) => rest);
  return JSON.stringify({ certificates, issuances, orders, tokens: listed, accounts });
}

describe('requests by chance', () => {
  it('are answered as documented, in time, and change nothing when they are refused', async () => {
    await using world = await openApiWorld();
    const [admin, operator, bound, viewer] = [
      await world.createToken('admin'),
      await world.createToken('operator'),
      await world.createToken('operator', ['*.customer.net']),
      await world.createToken('viewer'),
    ];
    const callers = [admin, operator, bound, viewer];
    const certificates = await world.operations.list({}, ignore, signal);
    const orders = await world.operations.listOrders({ limit: 9 }, ignore, signal);
    const spare = await world.createToken('viewer');
    const known: KnownValues = {
      names: ['app.example.com', '*.customer.net', 'a.customer.net', 'new.example.com', '10.0.0.1'],
      texts: [
        ...certificates.map(({ id }) => id),
        ...orders.map(({ id }) => id),
        spare.id,
        'internal',
        'corporate',
        'main',
        'bind:a.customer.net',
        '10.0.0.0/8',
        'certificate.*',
      ],
    };
    const settled = async (): Promise<void> => {
      const busy = async () => (await world.send('/v1/jobs', { token: admin.secret })).body;
      await expect.poll(busy, { timeout: 20_000 }).not.toContain('"state":"running"');
    };
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FUZZED).chain((route) => requests(route, known)),
        async ({ id, path, headers, body, who }) => {
          const route = routeOf(id);
          const token = callers[who]?.secret;
          const before = await stateOf(world);
          const ours = { 'sec-fetch-site': 'same-origin', ...headers };
          const request = { method: route.method, token, headers: ours, body };
          const { answer, took } = await sendInTime(world, path, request);
          const title = `${route.id} ${path} ${JSON.stringify(body)}: ${answer.body.slice(0, 300)}`;
          expect(answer.status, title).toBeLessThan(500);
          expect(took, title).toBeLessThan(LONGEST_MS);
          expect(faultsOf(route, answer)).toEqual([]);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          if (answer.status === 202) await settled();
          if (answer.status < 400) return;
          expect(await stateOf(world), title).toBe(before);
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: false },
    );
    // It was not all of one kind.
    for (const status of [200, 400, 403, 404]) expect(statuses.get(status)).toBeGreaterThan(0);
    const said = world.said.filter((each) => !each.includes('PRIVATE KEY')).join('\n');
    expect([API_TOKEN, MAC_KEY].filter((secret) => said.includes(secret))).toEqual([]);
    expect(callers.filter(({ secret }) => said.includes(secret))).toEqual([]);
  }, 150_000);
});

function routeOf(id: string): Route {
  const route = FUZZED.find((each) => each.id === id);
  if (route === undefined) throw new Error(`there is no operation ${id}`);
  return route;
}

/** As often as it takes to be let in: whoever asks too fast is told nothing else. */
async function sendInTime(world: ApiWorld, path: string, request: ApiRequest) {
  for (;;) {
    const begun = performance.now();
    const answer = await world.send(path, request);
    const took = performance.now() - begun;
    if (answer.status !== 429) return { answer, took };
    const seconds = Number(answer.headers['retry-after']);
    await sleep(seconds * 1_000);
  }
}
