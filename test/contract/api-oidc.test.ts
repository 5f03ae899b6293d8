/**
 * Persons who sign in at an OpenID provider.
 *
 * @module
 */
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { type ApiAnswer, type ApiWorld, openApiWorld } from '../support/api-world.ts';
import { freePort } from '../support/free-port.ts';
import { CLIENT, type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts';

const { signal } = new AbortController();
const ignore = (): void => {};
const START = '/v1/session/oidc';
const PAGES = { accept: 'text/html,application/xhtml+xml' };

interface Subject extends AsyncDisposable {
  readonly world: ApiWorld;
  readonly provider: OpenIdProvider;
}

const USUAL = `grants:
      - { value: admins, role: admin }
      - { value: customers, role: operator, names: ["*.customer.net"] }`;

async function openSubject(rest = USUAL, secret = CLIENT.secret): Promise<Subject> {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const provider = await startOpenIdProvider(`${url}${START}/callback`);
  const world = await openApiWorld(`
issuers: { internal: { type: internal } }
defaults: { issuer: internal }
listeners: []
api:
  address: "127.0.0.1:${port}"
  oidc:
    issuer: ${provider.issuer}
    clientId: ${CLIENT.id}
    clientSecret: ${secret}
    url: ${url}
    name: Example
    scopes: [openid, email, groups]
    ${rest}
`);
  return {
    world,
    provider,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

const codeOf = ({ status, body }: ApiAnswer): string =>
  `${status} ${(JSON.parse(body) as { code: string }).code}`;

/** As a browser keeps them. */
class Jar {
  readonly cookies = new Map<string, string>();

  take(headers: ApiAnswer['headers']): void {
    for (const field of [headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? [];
      if (/Max-Age=0/i.test(field) || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  get field(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

interface Browser {
  readonly jar: Jar;
  send(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
  /** To the provider and its pages, until it sends the browser back: the path there. */
  wander(change?: (url: URL) => void): Promise<string>;
  signIn(): Promise<ApiAnswer>;
}

function openBrowser({ world }: Subject): Browser {
  const jar = new Jar();
  const away = new Jar();
  const browser: Browser = {
    jar,
    async send(path, headers = {}) {
      const answer = await world.send(path, { headers: { cookie: jar.field, ...headers } });
      jar.take(answer.headers);
      return answer;
    },
    async wander(change) {
      const started = await browser.send(START);
      expect(started.status, started.body).toBe(303);
      let url = new URL(String(started.headers['location']));
      change?.(url);
      for (let hops = 0; hops < 10 && url.protocol === 'http:'; hops += 1) {
        const answer = await ask(url, away.field);
        away.take(answer.headers);
        expect(answer.status, answer.body).toBe(303);
        url = new URL(String(answer.headers['location']), url);
      }
      return `${url.pathname}${url.search}`;
    },
    signIn: async () => browser.send(await browser.wander()),
  };
  return browser;
}

async function ask(url: URL, cookie: string): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const request = httpRequest(url, { agent: false, headers: { cookie } });
  request.on('error', reject).on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    text(response).then((body) => resolve({ status, headers, body }), reject);
  });
  request.end();
  return promise;
}

describe('a person', () => {
  it('signs in at the provider, and may do what its group may', async () => {
    await using subject = await openSubject();
    const { world, provider } = subject;
    provider.person = { sub: 'ada', email: 'ada@example.com', groups: ['staff', 'customers'] };
    const browser = openBrowser(subject);
    const ways = JSON.parse((await browser.send('/v1/session')).body) as object;
    expect(ways).toEqual({
      ways: [{ way: 'token' }, { way: 'oidc', name: 'Example', path: START }],
    });
    const path = await browser.wander((url) => {
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: 'code',
        code_challenge_method: 'S256',
        scope: 'openid email groups',
      });
    });
    const flow = browser.jar.field;
    const back = await browser.send(path);
    expect([back.status, back.headers['location'], back.body]).toEqual([303, '/', '']);
    expect([...browser.jar.cookies.keys()]).toEqual(['__Host-certctl-session']);
    const seen = JSON.parse((await browser.send('/v1/session')).body) as object;
    expect(seen).toMatchObject({
      caller: {
        kind: 'session',
        id: `${provider.issuer}#ada`,
        name: 'ada@example.com',
        role: 'operator',
        patterns: ['bind:*.customer.net'],
      },
      session: { signedInWith: 'oidc' },
    });
    const { body } = await browser.send('/v1/certificates');
    expect(body).toContain('a.customer.net');
    expect(body).not.toContain('app.example.com');
    // The way back is open once.
    const again = await world.send(path, { headers: { cookie: flow } });
    expect(codeOf(again)).toBe('400 sign-in/invalid');
    const audit = await world.operations.listAudit({ limit: 5 }, ignore, signal);
    expect(audit).toMatchObject([
      {
        actor: { kind: 'session', id: `${provider.issuer}#ada`, name: 'ada@example.com' },
        operation: 'signIn',
        outcome: 'done',
      },
    ]);
    const said = world.said.join('\n');
    const [session = ''] = browser.jar.cookies.values();
    const secrets = [CLIENT.secret, session, new URL(path, 'https://x').searchParams.get('code')];
    expect(secrets.filter((each) => said.includes(String(each)))).toEqual([]);
  });

  it('without a group here is told why, on a page', async () => {
    await using subject = await openSubject();
    const { world, provider } = subject;
    provider.person = { sub: 'eve', email: '<b>eve</b>@example.com', groups: ['staff'] };
    const browser = openBrowser(subject);
    const refused = await browser.send(await browser.wander(), PAGES);
    expect(refused.status).toBe(403);
    expect(refused.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(refused.headers['content-security-policy']).toContain("default-src 'none'");
    expect(refused.body).toContain('has no role here');
    expect(refused.body).toContain('add a grant there');
    expect(refused.body).not.toContain('<b>');
    expect(browser.jar.cookies.has('__Host-certctl-session')).toBe(false);
    const [entry] = await world.operations.listAudit({ limit: 1 }, ignore, signal);
    expect(entry).toMatchObject({
      actor: { id: `${provider.issuer}#eve` },
      operation: 'signIn',
      outcome: 'failed',
      error: { code: 'sign-in/refused' },
    });
    expect(codeOf(await browser.signIn())).toBe('403 sign-in/refused');
  });

  it('whom the provider refuses is told so', async () => {
    await using subject = await openSubject();
    subject.provider.refusal = 'access_denied';
    const answer = await openBrowser(subject).signIn();
    expect(codeOf(answer)).toBe('403 sign-in/refused');
    expect(answer.body).toContain('not <b>today</b>');
  });

  it('needs a verified address where domains are given', async () => {
    await using subject = await openSubject(
      '{ }'.replace('{ }', 'grants: [{ role: viewer }]\n    domains: [example.com]'),
    );
    const { provider } = subject;
    const tryAs = async (claims: object): Promise<string> => {
      provider.person = { sub: 'x', ...claims };
      const answer = await openBrowser(subject).signIn();
      return answer.status === 303 ? '303' : codeOf(answer);
    };
    const email = 'Ada@Example.COM';
    expect(await tryAs({ email, email_verified: true })).toBe('303');
    expect(await tryAs({ email, email_verified: false })).toBe('403 sign-in/refused');
    expect(await tryAs({ email, email_verified: 'true' })).toBe('403 sign-in/refused');
    expect(await tryAs({ email: 'a@evil.com', email_verified: true })).toBe('403 sign-in/refused');
    expect(await tryAs({ email: 'a@b.example.com', email_verified: true })).toBe(
      '403 sign-in/refused',
    );
    expect(await tryAs({})).toBe('403 sign-in/refused');
  });
});

describe('a way back that is not the way there', () => {
  it.each(['state', 'nonce', 'code_challenge'])('with another %s leads nowhere', async (name) => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    const browser = openBrowser(subject);
    const path = await browser.wander((url) => url.searchParams.set(name, 'A'.repeat(43)));
    expect(codeOf(await browser.send(path))).toBe('400 sign-in/invalid');
    expect(browser.jar.cookies.has('__Host-certctl-session')).toBe(false);
  });

  it('in another browser leads nowhere', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    const path = await openBrowser(subject).wander();
    expect(codeOf(await openBrowser(subject).send(path))).toBe('400 sign-in/invalid');
    const other = openBrowser(subject);
    await other.wander();
    expect(codeOf(await other.send(path))).toBe('400 sign-in/invalid');
    const cookie = `__Host-certctl-sign-in=${'A'.repeat(200)}`;
    expect(codeOf(await subject.world.send(path, { headers: { cookie } }))).toBe(
      '400 sign-in/invalid',
    );
  });

  it('with an ID token that has expired leads nowhere', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    subject.provider.behind = 7_200;
    const answer = await openBrowser(subject).signIn();
    expect(`${codeOf(answer)} ${answer.body}`).toMatch(/^400 sign-in\/invalid .*has expired/);
  });

  it('that took too long leads nowhere', async () => {
    // Each in a daemon of its own: one whose clock went back has its limits drawn empty.
    const late = async (minutes: number): Promise<string> => {
      await using subject = await openSubject('grants: [{ role: viewer }]');
      const browser = openBrowser(subject);
      const path = await browser.wander();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
      try {
        return codeOf(await browser.send(path));
      } finally {
        vi.useRealTimers();
      }
    };
    // The code of the provider is too old, and then what this server has given along.
    expect(await late(5)).toBe('400 sign-in/invalid');
    expect(await late(11)).toBe('400 sign-in/invalid');
  });

  it('that was never begun leads nowhere', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    const others = '?code=x&state=y&iss=https://evil.example';
    for (const search of ['', '?code=x', '?state=x', '?error=x', '?state=x&state=y', others]) {
      const browser = openBrowser(subject);
      expect(codeOf(await browser.send(`${START}/callback${search}`))).toMatch(/^400 /);
      await browser.send(START);
      expect(codeOf(await browser.send(`${START}/callback${search}`))).toMatch(/^400 /);
    }
  });
});

describe('a provider', () => {
  it('that does not know this client is named, with what to do', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]', 'wrong');
    const answer = await openBrowser(subject).signIn();
    expect(codeOf(answer)).toBe('503 sign-in/unavailable');
    expect(answer.body).toContain('Check clientId and clientSecret');
  });

  it('that is not there keeps nobody from signing in with a token', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    await subject.provider[Symbol.asyncDispose]();
    const answer = await subject.world.send(START);
    expect(codeOf(answer)).toBe('503 sign-in/unavailable');
    expect(answer.body).toContain('ECONNREFUSED');
    const { secret } = await subject.world.createToken('viewer');
    const headers = { 'sec-fetch-site': 'same-origin' };
    const body = { token: secret };
    const opened = await subject.world.send('/v1/session', { method: 'POST', headers, body });
    expect(opened.status).toBe(204);
  });

  it('that sends without end is not listened to', async () => {
    await using subject = await openSubject('grants: [{ role: viewer }]');
    subject.provider.isEndless = true;
    const answer = await subject.world.send(START);
    expect(codeOf(answer)).toBe('503 sign-in/unavailable');
    expect(answer.body).toContain('UND_ERR_RES_EXCEEDED_MAX_SIZE');
  });

  it('that was not configured is not there', async () => {
    await using world = await openApiWorld();
    expect(codeOf(await world.send(START))).toBe('404 api/not-found');
    expect(codeOf(await world.send(`${START}/callback?code=x`))).toBe('404 api/not-found');
  });
});
