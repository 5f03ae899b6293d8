/**
 * Browsers that sign in to the API: cookies, their end, and who else would like to use them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { MOST_FAILURES } from '../../src/api/access/attempts.ts';
import { type ApiAnswer, type ApiWorld, openApiWorld } from '../support/api-world.ts';

const { signal } = new AbortController();
const ignore = (): void => {};
const OURS = { 'sec-fetch-site': 'same-origin' };
const PATH = '/v1/session';
const codeOf = ({ status, body }: ApiAnswer): string =>
  `${status} ${(JSON.parse(body) as { code: string }).code}`;

async function signIn(world: ApiWorld, token: string): Promise<string> {
  const answer = await world.send(PATH, { method: 'POST', headers: OURS, body: { token } });
  expect(answer.status, answer.body).toBe(204);
  return cookieOf(answer);
}

function cookieOf({ headers }: ApiAnswer): string {
  const [field = ''] = [headers['set-cookie'] ?? ''].flat();
  return field.split(';')[0] ?? '';
}

describe('a browser', () => {
  it('is its token as long as it is signed in', async () => {
    await using world = await openApiWorld();
    const { secret, id } = await world.createToken('operator', ['*.customer.net']);
    const stranger = await world.send(PATH);
    expect(JSON.parse(stranger.body)).toEqual({ ways: [{ way: 'token' }] });

    const opened = await world.send(PATH, {
      method: 'POST',
      headers: OURS,
      body: { token: secret },
    });
    expect([opened.status, opened.body]).toEqual([204, '']);
    expect(opened.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-certctl-session=[0-9a-f]{20}\.[\w-]{43}; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    const headers = { ...OURS, cookie: `theme=dark; ${cookieOf(opened)}` };
    const seen = JSON.parse((await world.send(PATH, { headers })).body) as {
      session: { idleUntil: string; expiresAt: string };
    };
    expect(seen).toMatchObject({
      caller: { kind: 'session', id, name: 'operator token', role: 'operator' },
      session: { signedInWith: 'token' },
    });
    expect(Date.parse(seen.session.expiresAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    const found = await world.send('/v1/certificates', { headers });
    expect(found.body).toContain('a.customer.net');
    expect(found.body).not.toContain('app.example.com');
    const body = { names: ['c.customer.net'], dryRun: true };
    const issued = await world.send('/v1/certificates', { method: 'POST', headers, body });
    expect(issued.status).toBe(202);
    expect(codeOf(await world.send('/v1/tokens', { headers }))).toBe('403 permission/denied');

    const left = await world.send(PATH, { method: 'DELETE', headers });
    expect(left.status).toBe(204);
    expect(left.headers['set-cookie']).toEqual([expect.stringContaining('Max-Age=0')]);
    const after = await world.send('/v1/certificates', { headers });
    expect(codeOf(after)).toBe('401 api/unauthenticated');
    expect(after.headers['set-cookie']).toEqual([expect.stringContaining('Max-Age=0')]);
    const again = await world.send(PATH, { method: 'DELETE', headers: OURS });
    expect(again.status).toBe(204);

    const audit = await world.operations.listAudit({ limit: 10 }, ignore, signal);
    expect(audit.map(({ actor, operation, outcome }) => [actor.kind, operation, outcome])).toEqual([
      ['session', 'signOut', 'done'],
      ['session', 'issue', 'done'],
      ['token', 'signIn', 'done'],
    ]);
    expect(audit[0]?.actor).toMatchObject({ id, name: 'operator token', address: '127.0.0.1' });
    const secrets = [cookieOf(opened).slice(-43), secret];
    const said = world.said.join('\n');
    expect(secrets.filter((each) => said.includes(each))).toEqual([]);
  });

  it('is signed out with its token: revoked, or its secret replaced', async () => {
    await using world = await openApiWorld();
    const { operations } = world;
    const { secret, id } = await world.createToken('viewer');
    const first = { cookie: await signIn(world, secret) };
    const look = async (headers: { cookie: string }) => {
      const answer = await world.send('/v1/certificates', { headers });
      return answer.status === 200 ? '200' : `${codeOf(answer)} ${answer.body}`;
    };
    const grace = { id, graceSeconds: 3_600 };
    const { secret: second } = await operations.rotateToken(grace, ignore, signal);
    expect(await look(first)).toBe('200');
    const later = { cookie: await signIn(world, second) };
    await operations.rotateToken({ id, graceSeconds: 0 }, ignore, signal);
    expect(await look(first)).toMatch(/^401 .*was rotated/);
    expect(await look(later)).toMatch(/^401 .*was rotated/);
    const other = await world.createToken('viewer');
    const last = { cookie: await signIn(world, other.secret) };
    expect(await look(last)).toBe('200');
    await operations.revokeToken({ id: other.id }, ignore, signal);
    expect(await look(last)).toMatch(/^401 .*is revoked/);
    // To have been signed in is no attempt to guess.
    for (let times = 0; times < MOST_FAILURES; times += 1) await look(last);
    expect((await world.send('/v1/session')).status).toBe(200);
  });

  it('signs in with a token that counts, and with nothing else', async () => {
    await using world = await openApiWorld();
    const { secret, id } = await world.createToken('viewer');
    await world.operations.revokeToken({ id }, ignore, signal);
    const send = (body: unknown, headers: Record<string, string> = OURS) =>
      world.send(PATH, { method: 'POST', headers, body });
    expect(codeOf(await send({ token: secret }))).toBe('401 api/unauthenticated');
    expect(codeOf(await send({ token: 'x' }))).toBe('401 api/unauthenticated');
    expect(codeOf(await send({ token: 'x'.repeat(201) }))).toBe('400 api/invalid');
    expect(codeOf(await send({}))).toBe('400 api/invalid');
    const bound = { name: 'elsewhere', role: 'viewer' as const, networks: ['10.0.0.0/8'] };
    const { secret: elsewhere } = await world.operations.createToken(bound, ignore, signal);
    expect(codeOf(await send({ token: elsewhere }))).toBe('403 permission/denied');
    for (let failures = 2; failures < MOST_FAILURES; failures += 1) await send({ token: 'x' });
    const locked = await send({ token: secret });
    expect(codeOf(locked)).toBe('429 api/locked');
  });

  it('that guesses cookies is locked out', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('viewer');
    const cookie = await signIn(world, secret);
    const [id = ''] = cookie.split('.');
    const guesses = ['x', `${id}.${'A'.repeat(43)}`, `${cookie}A`];
    for (const guess of guesses) {
      const answer = await world.send('/v1/jobs', { headers: { cookie: guess } });
      expect(answer.status).toBe(401);
    }
    const bad = `__Host-certctl-session=${'0'.repeat(20)}.${'A'.repeat(43)}`;
    for (let failures = 2; failures < MOST_FAILURES; failures += 1) {
      await world.send('/v1/jobs', { headers: { cookie: bad } });
    }
    const answer = await world.send('/v1/jobs', { headers: { cookie } });
    expect(codeOf(answer)).toBe('429 api/locked');
  });
});

describe('what a browser sends along', () => {
  it('counts for pages of this server alone', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('admin');
    const cookie = await signIn(world, secret);
    const origin = `https://127.0.0.1:${world.port}`;
    const write = (headers: Record<string, string>) =>
      world.send('/v1/tokens', {
        method: 'POST',
        headers: { cookie, ...headers },
        body: { name: 'x', role: 'viewer' },
      });
    const strangers = [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'cross-site', origin },
      { origin: 'https://evil.example' },
      { origin: `https://127.0.0.1:${world.port + 1}` },
      { origin: `http://127.0.0.1:${world.port}` },
      { origin: 'null' },
    ];
    for (const headers of strangers) {
      expect(codeOf(await write(headers as Record<string, string>))).toBe('403 api/cross-origin');
    }
    expect((await write({ origin })).status).toBe(201);
    expect((await write({ ...OURS, origin })).status).toBe(201);
    const read = (site: string) =>
      world.send('/v1/tokens', { headers: { cookie, 'sec-fetch-site': site } });
    expect(codeOf(await read('same-site'))).toBe('403 api/cross-origin');
    expect((await read('none')).status).toBe(200);
    // Nobody can sign a browser in, or out, from elsewhere.
    const evil = { 'sec-fetch-site': 'cross-site' };
    for (const method of ['POST', 'DELETE']) {
      const headers = { cookie, ...evil };
      const body = method === 'POST' ? { token: secret } : undefined;
      expect(codeOf(await world.send(PATH, { method, headers, body }))).toBe(
        '403 api/cross-origin',
      );
    }
    // A token in the request is no cookie: whoever has it may send it from anywhere.
    const made = await world.send('/v1/certificates', { token: secret, headers: evil });
    expect(made.status).toBe(200);
  });

  it('does not make up for a token that is wrong', async () => {
    await using world = await openApiWorld();
    const { secret } = await world.createToken('admin');
    const headers = { ...OURS, cookie: await signIn(world, secret) };
    const answer = await world.send('/v1/jobs', { token: 'wrong', headers });
    expect(codeOf(answer)).toBe('401 api/unauthenticated');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('the dashboard', () => {
  const withApi = (rest: string): string => `
issuers: { internal: { type: internal } }
defaults: { issuer: internal }
listeners: []
api: { address: "127.0.0.1:0", ${rest} }
`;

  it('can have networks of its own', async () => {
    await using world = await openApiWorld(withApi('dashboard: { allow: [10.0.0.0/8] }'));
    const { secret: token } = await world.createToken('admin');
    expect((await world.send('/v1/certificates', { token })).status).toBe(200);
    expect((await world.send('/healthz')).status).toBe(200);
    for (const path of ['/', '/index.html', '/v1/session', '/v1/session/x', '/assets/a.js']) {
      const answer = await world.send(path);
      expect(`${path} ${codeOf(answer)}`).toBe(`${path} 403 permission/denied`);
      expect(answer.body).toContain('api.dashboard.allow');
    }
    const headers = { cookie: `__Host-certctl-session=${'0'.repeat(20)}.${'A'.repeat(43)}` };
    expect(codeOf(await world.send('/v1/certificates', { headers }))).toBe('403 permission/denied');
  });

  it('can be switched off', async () => {
    await using world = await openApiWorld(withApi('dashboard: false'));
    const { secret: token } = await world.createToken('admin');
    const answer = await world.send(PATH, { method: 'POST', headers: OURS, body: { token } });
    expect(codeOf(answer)).toBe('404 api/not-found');
    expect(JSON.parse((await world.send(PATH)).body)).toEqual({ ways: [] });
    expect((await world.send('/v1/certificates', { token })).status).toBe(200);
    expect(codeOf(await world.send('/'))).toBe('404 api/not-found');
  });
});
