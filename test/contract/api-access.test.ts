/**
 * Who may do what through the API, and what happens to requests that come twice or too late.
 *
 * @module
 */
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LOCKED_MS, MOST_FAILURES } from '../../src/api/access/attempts.ts';
import { connectDaemon, connectRemote } from '../../src/api/client.ts';
import { parseName } from '../../src/core/names.ts';
import { type ApiAnswer, openApiWorld } from '../support/api-world.ts';

interface Listed {
  readonly items: readonly { readonly id: string; readonly names: readonly string[] }[];
  readonly next?: string;
}

const { signal } = new AbortController();
const ignore = (): void => {};
const listed = ({ body }: ApiAnswer): Listed => JSON.parse(body) as Listed;
const namesOf = (answer: ApiAnswer): string[] => listed(answer).items.flatMap(({ names }) => names);
const codeOf = ({ status, body }: ApiAnswer): string =>
  `${status} ${(JSON.parse(body) as { code: string }).code}`;

describe('a token that is bound to names', () => {
  it('sees and touches these alone', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator', ['*.customer.net']);
    const { secret: admin } = await world.createToken('admin');
    const all = listed(await world.send('/v1/certificates', { token: admin })).items;
    const app = all.find(({ names }) => names.includes('app.example.com'))?.id;
    const own = all.find(({ names }) => names.includes('a.customer.net'))?.id;

    const send = (path: string, method = 'GET', body?: unknown) =>
      world.send(path, { token, method, body });
    const mine = ['a.customer.net', 'b.customer.net'];
    expect(namesOf(await send('/v1/certificates'))).toEqual(mine);
    expect(namesOf(await send('/v1/certificates?name=app.example.com'))).toEqual([]);
    expect(namesOf(await send('/v1/issuances')).toSorted()).toEqual(mine);
    expect(JSON.parse((await send('/v1/certificates/summary')).body)).toMatchObject({
      byStatus: { valid: 2 },
    });
    expect(JSON.parse((await send('/v1/endpoints')).body)).toMatchObject({
      items: [{ host: 'a.customer.net' }],
    });
    expect((await send(`/v1/certificates/${own}`)).status).toBe(200);
    for (const [path, method, body] of [
      [`/v1/certificates/${app}`, 'GET'],
      [`/v1/certificates/${app}`, 'DELETE'],
      [`/v1/certificates/${app}/chain`, 'GET'],
      [`/v1/certificates/${own}/key`, 'GET'],
      [`/v1/certificates/${app}/renew`, 'POST', {}],
      [`/v1/certificates/${app}/revoke`, 'POST', {}],
      ['/v1/certificates', 'POST', { names: ['app.example.com'] }],
      ['/v1/certificates', 'POST', { names: ['c.customer.net', 'app.example.com'] }],
      ['/v1/explain?name=app.example.com', 'GET'],
      ['/v1/doctor', 'POST', { names: [] }],
      ['/v1/tokens', 'GET'],
      ['/v1/audit', 'GET'],
      ['/v1/accounts', 'GET'],
    ] as const) {
      expect(`${path} ${codeOf(await send(path, method, body))}`).toBe(
        `${path} 403 permission/denied`,
      );
    }
    // Nothing of it was done.
    const { items } = listed(await world.send('/v1/certificates', { token: admin }));
    expect(items.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  it('cannot touch the names of others by a certificate that has both', async () => {
    await using world = await openApiWorld();
    const body = {
      names: ['shared.customer.net', 'shared.example.com'],
      wanted: {},
      isForced: false,
      isDryRun: false,
    };
    await world.operations.issue(body, ignore, signal);
    const { secret: token } = await world.createToken('operator', ['*.customer.net']);
    const remote = connectRemote({
      server: new URL(`https://127.0.0.1:${world.port}`),
      token,
      caPem: world.rootPem,
    });
    const choice = { name: 'shared.customer.net' };
    const denied = { code: 'permission/denied' };
    await expect(remote.show(choice, ignore, signal)).rejects.toMatchObject(denied);
    await expect(remote.remove(choice, ignore, signal)).rejects.toMatchObject(denied);
    await expect(
      remote.renew({ names: ['shared.customer.net'] }, ignore, signal),
    ).rejects.toMatchObject(denied);
    await expect(remote.renew({ every: 'managed' }, ignore, signal)).rejects.toMatchObject(denied);
    const found = await remote.list({}, ignore, signal);
    expect(found.flatMap(({ names }) => names)).toEqual(['a.customer.net', 'b.customer.net']);
    // What only the guard may say, nobody else can.
    const within = ['*.example.com'];
    const cheated = await remote.findCertificates(
      { within, sort: 'created', limit: 50 },
      ignore,
      signal,
    );
    expect(cheated.flatMap(({ names }) => names)).toEqual(['a.customer.net', 'b.customer.net']);
  });
});

describe('a token', () => {
  it('counts until it expires, is rotated or revoked', async () => {
    await using world = await openApiWorld();
    const { operations } = world;
    const { id, secret } = await world.createToken('viewer');
    const caller = (token: string) => world.send('/v1/caller', { token });
    expect((await caller(secret)).status).toBe(200);
    const rotation = { id, graceSeconds: 3_600 };
    const { secret: second } = await operations.rotateToken(rotation, ignore, signal);
    expect((await caller(secret)).status).toBe(200);
    expect((await caller(second)).status).toBe(200);
    const hard = { id, graceSeconds: 0 };
    const { secret: third } = await operations.rotateToken(hard, ignore, signal);
    expect(codeOf(await caller(second))).toBe('401 api/unauthenticated');
    expect((await caller(third)).status).toBe(200);
    await operations.revokeToken({ id }, ignore, signal);
    expect(codeOf(await caller(third))).toBe('401 api/unauthenticated');
    const past = { name: 'past', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' } as const;
    await expect(operations.createToken(past, ignore, signal)).rejects.toMatchObject({
      code: 'input/invalid',
    });
    const lives = async (expiresAt?: null): Promise<number> => {
      const { token } = await operations.createToken(
        { name: 'x', role: 'viewer', ...(expiresAt === undefined ? {} : { expiresAt }) },
        ignore,
        signal,
      );
      return Date.parse(token.expiresAt ?? '') - Date.parse(token.createdAt);
    };
    expect(await lives()).toBe(90 * 86_400_000);
    expect(await lives(null)).toBeNaN();
    const soon = new Date(Date.now() + 400).toISOString();
    const short = { name: 'short', role: 'viewer', expiresAt: soon } as const;
    const { secret: fleeting } = await operations.createToken(short, ignore, signal);
    expect((await caller(fleeting)).status).toBe(200);
    await expect.poll(async () => (await caller(fleeting)).status).toBe(401);
    const bound = { name: 'elsewhere', role: 'viewer' as const, networks: ['10.0.0.0/8'] };
    const { secret: elsewhere } = await operations.createToken(bound, ignore, signal);
    expect(codeOf(await caller(elsewhere))).toBe('403 permission/denied');
  });

  it('is in the store as a hash only', async () => {
    await using world = await openApiWorld();
    const { id, secret } = await world.createToken('viewer');
    const record = await world.control.store.tokens.find(id);
    expect(record?.hash).toHaveLength(32);
    expect(Buffer.from(JSON.stringify(record)).includes(secret.slice(-43))).toBe(false);
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', 'Basic YWxhZGRpbjpvcGVuc2VzYW1l'],
    ['no token', 'Bearer'],
    ['a malformed one', 'Bearer certctl_x_y'],
    ['an unknown one', `Bearer certctl_${'0'.repeat(20)}_${'A'.repeat(43)}`],
    ['a very long one', `Bearer ${'A'.repeat(10_000)}`],
  ])('that is %s is refused', async (_title, authorization) => {
    await using world = await openApiWorld();
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await world.send('/v1/certificates', { headers });
    expect(codeOf(answer)).toBe('401 api/unauthenticated');
  });

  it('that is wrong too often locks its address out, right ones included', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('viewer');
    for (let count = 0; count < MOST_FAILURES; count += 1) {
      const answer = await world.send('/v1/caller', { token: 'wrong' });
      expect(answer.status).toBe(401);
    }
    const locked = await world.send('/v1/caller', { token: secret });
    expect(codeOf(locked)).toBe('429 api/locked');
    expect(Number(locked.headers['retry-after'])).toBeLessThanOrEqual(LOCKED_MS / 1_000);
    expect((await world.send('/healthz')).status).toBe(200);
  });
});

describe('requests', () => {
  it('that are too fast are told when to come again', async () => {
    await using world = await openApiWorld();
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => world.send('/healthz', { agent })),
    );
    agent.destroy();
    const late = answers.filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThan(0);
    expect(late[0]?.headers['retry-after']).toBe('1');
  });

  it('with 100 MB are refused before they are read', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('operator');
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    let sent = 0;
    const request = httpsRequest({
      host: '127.0.0.1',
      port: world.port,
      path: '/v1/certificates',
      method: 'POST',
      ca: world.rootPem,
      agent: false,
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'content-length': 100 * 1024 * 1024,
      },
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.write(Buffer.alloc(64 * 1024, 32), () => (sent += 64 * 1024));
    expect(await promise).toBe(413);
    expect(sent).toBeLessThanOrEqual(64 * 1024);
    request.destroy();
  });

  it('are answered, also where the client sends all before it reads', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('operator');
    const upload = async (token: string): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port: world.port, ca: world.rootPem });
      socket.write(
        `POST /v1/certificates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 100000000\r\n\r\n',
      );
      const send = promisify<Uint8Array, void>((data, done) => socket.write(data, done));
      await send(Buffer.alloc(8 * 1024 * 1024, 32));
      const [answer] = await once(socket, 'data');
      socket.destroy();
      return String(answer).slice(0, 12);
    };
    expect(await upload(secret)).toBe('HTTP/1.1 413');
    expect(await upload('wrong')).toBe('HTTP/1.1 401');
  });

  it.each([
    ['no JSON', '{"names":', 400, 'api/invalid'],
    ['an unknown field', { names: ['a.example.com'], color: 'red' }, 400, 'api/invalid'],
    ['a name that cannot be', { names: ['a b'] }, 400, 'api/invalid'],
    ['no name', {}, 400, 'api/invalid'],
    [
      'an issuer that is not there',
      { names: ['a.example.com'], issuers: ['x'] },
      422,
      'issuer/unknown',
    ],
  ])('with %s are refused', async (_title, body, status, code) => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const answer = await world.send('/v1/certificates', { method: 'POST', token, body });
    expect(codeOf(answer)).toBe(`${status} ${code}`);
    expect(listed(await world.send('/v1/jobs', { token })).items).toEqual([]);
  });

  it('that come twice with one key are done once', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const { secret: other } = await world.createToken('admin');
    const send = (name: string, key: string, who = token) =>
      world.send('/v1/certificates', {
        method: 'POST',
        token: who,
        headers: { 'idempotency-key': key },
        body: { names: [name] },
      });
    const first = await send('one.example.com', 'k1');
    const second = await send('one.example.com', 'k1');
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toBe(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(codeOf(await send('two.example.com', 'k1'))).toBe('422 api/key-reused');
    expect((await send('two.example.com', 'k1', other)).status).toBe(202);
    expect(codeOf(await send('two.example.com', 'k 2'))).toBe('400 api/invalid');
    const make = (name: string) =>
      world.send('/v1/tokens', {
        method: 'POST',
        token: other,
        headers: { 'idempotency-key': 'k3' },
        body: { name, role: 'viewer' },
      });
    expect((await make('x')).status).toBe(201);
    // Its answer has a secret, which is nowhere.
    expect(codeOf(await make('x'))).toBe('409 api/answered');
  });

  it('heed what the caller has seen', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const found = await world.send('/v1/certificates?name=b.customer.net', { token });
    const path = `/v1/certificates/${listed(found).items[0]?.id}`;
    const { headers } = await world.send(path, { token });
    const etag = String(headers['etag']);
    const same = { 'if-none-match': `"x", ${etag}` };
    expect((await world.send(path, { token, headers: same })).status).toBe(304);
    const stale = { method: 'DELETE', token, headers: { 'if-match': '"stale"' } };
    expect(codeOf(await world.send(path, stale))).toBe('412 api/changed');
    const seen = { method: 'DELETE', token, headers: { 'if-match': etag } };
    expect((await world.send(path, seen)).status).toBe(204);
    expect(codeOf(await world.send(path, { token }))).toBe('404 certificate/not-found');
  });

  it('that act on the same state at once are done once', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const found = await world.send('/v1/certificates?name=b.customer.net', { token });
    const path = `/v1/certificates/${listed(found).items[0]?.id}`;
    const etag = String((await world.send(path, { token })).headers['etag']);
    // Of a request without a body, too, many clients say that it is JSON.
    const headers = { 'if-match': etag, 'content-type': 'application/json' };
    const renewals = [1, 2, 3].map(() =>
      world.send(`${path}/renew`, { method: 'POST', token, headers }),
    );
    const statuses = (await Promise.all(renewals)).map(({ status }) => String(status));
    expect(statuses.toSorted()).toEqual(['202', '412', '412']);
  });

  it('with a filter that there is not are refused, and not answered without it', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('admin');
    for (const path of ['/v1/tokens?role=admin', '/v1/audit?actr=ci', '/v1/issuers?name=x']) {
      expect(codeOf(await world.send(path, { token }))).toBe('400 api/invalid');
    }
    expect((await world.send('/healthz?probe=1')).status).toBe(200);
  });

  it('for lists go through all pages', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer');
    const names: string[] = [];
    let path = '/v1/certificates?limit=1&sort=expires&q=CUSTOMER';
    for (;;) {
      const answer = await world.send(path, { token });
      names.push(...namesOf(answer));
      const { next } = listed(answer);
      if (next === undefined) break;
      path = `/v1/certificates?limit=1&sort=expires&q=CUSTOMER&cursor=${next}`;
    }
    expect(names.toSorted()).toEqual(['a.customer.net', 'b.customer.net']);
    expect(codeOf(await world.send('/v1/certificates?cursor=nonsense', { token }))).toBe(
      '400 api/invalid',
    );
  });

  it('that match everything get a page of it, and signs of a pattern are letters', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer');
    const find = (query: string) => world.send(`/v1/certificates?${query}`, { token });
    const all = listed(await find('expires_before=9999-12-31T23:59:59Z&q=.&limit=2'));
    expect(all.items).toHaveLength(2);
    expect(all.next).toBeDefined();
    for (const sign of ['%', '_', '*', '?', '[a-z]', "'", '\\']) {
      const found = await find(`q=${encodeURIComponent(sign)}`);
      expect(`${sign} ${found.status} ${namesOf(found).join()}`).toBe(`${sign} 200 `);
    }
    for (const query of ['limit=501', 'limit=0', 'limit=1e9', 'q=', 'name=*', 'status=all']) {
      expect(`${query} ${codeOf(await find(query))}`).toBe(`${query} 400 api/invalid`);
    }
  });

  it('that come many times at once with one key are done once', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('admin');
    const before = (await world.operations.listTokens({}, ignore, signal)).length;
    const request = {
      method: 'POST',
      token,
      headers: { 'idempotency-key': 'at-once' },
      body: { name: 'once', role: 'viewer' },
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.send('/v1/tokens', request)),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect(await world.operations.listTokens({}, ignore, signal)).toHaveLength(before + 1);
  });

  it('for methods and places that are not there say so', async () => {
    await using world = await openApiWorld();
    const put = await world.send('/v1/certificates', { method: 'PUT' });
    expect([codeOf(put), put.headers['allow']]).toEqual([
      '405 api/method-not-allowed',
      'GET, POST',
    ]);
    expect(codeOf(await world.send('/v2/certificates'))).toBe('404 api/not-found');
    const shown = await world.send('/v1/openapi.json');
    expect(JSON.parse(shown.body)).toMatchObject({ openapi: '3.1.1' });
  });
});

describe('a job', () => {
  it('tells its steps as they happen, and again from where the client was', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const body = { names: ['live.example.com'] };
    const started = await world.send('/v1/certificates', { method: 'POST', token, body });
    const where = `${String(started.headers['location'])}/events`;
    const { body: events, headers } = await world.send(where, { token });
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
    expect([...events.matchAll(/^event: (.*)$/gm)].map(([, type]) => type)).toEqual([
      'step',
      'step',
      'step',
      'done',
    ]);
    expect(events).toContain('certificate signed by internal');
    const rest = await world.send(where, { token, headers: { 'last-event-id': '2' } });
    expect([...rest.body.matchAll(/^event: (.*)$/gm)].map(([, type]) => type)).toEqual([
      'step',
      'done',
    ]);
    const { secret: stranger } = await world.createToken('operator', ['*.customer.net']);
    expect(codeOf(await world.send(where, { token: stranger }))).toBe('404 api/not-found');
  });
});

describe('the audit log', () => {
  it('says who changed what, from where, before and after', async () => {
    await using world = await openApiWorld();
    const { secret: token, id } = await world.createToken('operator', ['*.customer.net']);
    const found = await world.send('/v1/certificates?name=b.customer.net', { token });
    const certificate = listed(found).items[0]?.id ?? '';
    await world.send(`/v1/certificates/${certificate}/revoke`, { method: 'POST', token, body: {} });
    const daemon = await connectDaemon(world.socketPath);
    await daemon?.remove({ name: 'app.example.com' }, ignore, signal);
    await expect(daemon?.remove({ name: 'app.example.com' }, ignore, signal)).rejects.toThrow(
      'no certificate for app.example.com',
    );
    const audit = await world.operations.listAudit({ limit: 10 }, ignore, signal);
    expect(audit).toMatchObject([
      {
        actor: { kind: 'socket' },
        operation: 'remove',
        outcome: 'failed',
        error: { code: 'certificate/not-found' },
      },
      {
        operation: 'remove',
        names: ['app.example.com'],
        before: [{ names: ['app.example.com'], status: 'valid' }],
        outcome: 'done',
      },
      {
        actor: { kind: 'token', id, name: 'operator token', address: '127.0.0.1' },
        operation: 'revoke',
        names: ['b.customer.net'],
        before: [{ id: certificate, status: 'valid' }],
        after: [{ id: certificate, status: 'revoked' }],
        outcome: 'done',
      },
    ]);
    expect(audit[1]?.after).toBeUndefined();
    const { secret: admin } = await world.createToken('admin');
    for (const actor of [id, 'operator token']) {
      const path = `/v1/audit?actor=${encodeURIComponent(actor)}`;
      const { items } = JSON.parse((await world.send(path, { token: admin })).body);
      expect(items).toMatchObject([{ actor: { id }, operation: 'revoke' }]);
    }
  });
});

describe('the certificate of the API', () => {
  it('is replaced on the listener when it is renewed', async () => {
    await using world = await openApiWorld();
    const serialOf = (): Promise<string> => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const { port, rootPem: ca } = world;
      const request = httpsRequest({ host: '127.0.0.1', port, path: '/healthz', ca, agent: false });
      request.on('error', reject).on('response', (response) => {
        const socket = response.socket as unknown as {
          getPeerCertificate(): { serialNumber: string };
        };
        resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
        response.resume();
      });
      request.end();
      return promise;
    };
    const before = await serialOf();
    const [own] = await world.control.store.certificates.covering(parseName('localhost'));
    await world.operations.renew({ ids: [own?.certificate.id ?? ''] }, ignore, signal);
    await expect.poll(serialOf).not.toBe(before);
  });
});
