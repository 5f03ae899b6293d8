/**
 * Secrets that were given to certctl come back to nobody: not in answers, events, logs or the audit log.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/http/routes.ts';
import { API_TOKEN, MAC_KEY, openApiWorld } from '../support/api-world.ts';

const { signal } = new AbortController();
const ignore = (): void => {};
const OIDC_SECRET = 'oidc-client-secret-that-nobody-may-see';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 'webhook-secret').toString('base64')}`;
const TARGET_SECRET = 'target-secret-that-nobody-may-see';

const CONFIG = `
issuers:
  internal: { type: internal }
  corporate:
    type: acme
    directory: https://127.0.0.1:1/directory
    acceptTerms: true
    externalAccount: { keyId: kid-1, hmacKey: ${MAC_KEY} }
defaults: { issuer: internal }
dns: { main: { provider: cloudflare, apiToken: ${API_TOKEN}, zones: [example.com] } }
targets: { hook: { type: webhook, url: "https://127.0.0.1:1/hook", secret: ${TARGET_SECRET} } }
notify: { chat: { type: webhook, url: "https://127.0.0.1:1/chat", secret: ${WEBHOOK_SECRET} } }
listeners: []
endpoints:
  - { host: app.example.com, protocol: https, upstream: "http://127.0.0.1:3000" }
api:
  address: "127.0.0.1:0"
  oidc:
    issuer: http://127.0.0.1:1
    clientId: certctl
    clientSecret: ${OIDC_SECRET}
    url: https://127.0.0.1:9443
    grants: [{ role: viewer }]
`;

describe('no secret', () => {
  it('is in what anybody is told', async () => {
    await using world = await openApiWorld(CONFIG);
    const { operations } = world;
    const admin = await world.createToken('admin');
    const other = await world.createToken('viewer');
    const ours = { 'sec-fetch-site': 'same-origin' };
    const send = (path: string, body?: unknown, token: string | undefined = admin.secret) =>
      world.send(path, { method: body === undefined ? 'GET' : 'POST', token, headers: ours, body });

    const opened = await send('/v1/session', { token: other.secret });
    const [field = ''] = [opened.headers['set-cookie'] ?? ''].flat();
    const [, cookie = ''] = /=([^;]+);/.exec(field) ?? [];
    const key = await operations.exportCertificate(
      { name: 'a.customer.net', withKey: true },
      ignore,
      signal,
    );
    const { privateKeyPem = '', chainPem } = key;
    await operations.remove({ name: 'a.customer.net' }, ignore, signal);
    expect((await send('/v1/certificates/import', { chainPem, privateKeyPem })).status).toBe(201);
    await send('/v1/session/oidc', undefined, '');
    await send('/v1/certificates', { names: ['far.example.com'], issuers: ['corporate'] });
    await send('/v1/certificates', { names: ['dns.example.com'], dns: 'main' });

    // In places where they do not belong.
    const misplaced = other.secret;
    await send('/v1/session', { token: misplaced, name: misplaced });
    await send('/v1/session', `{"token": "${misplaced}"`);
    await send('/v1/session', misplaced);
    await send('/v1/certificates/import', `{"privateKeyPem": "${privateKeyPem}"`);
    await send('/v1/certificates/import', { chainPem: privateKeyPem, privateKeyPem });
    await send('/v1/certificates/import', {
      chainPem,
      privateKeyPem: `${privateKeyPem}x`.slice(40),
    });
    await send('/v1/certificates', { names: [misplaced] });
    await send('/v1/certificates', { names: ['x.example.com'], issuers: [misplaced] });
    await send(`/v1/certificates?q=x&cursor=${misplaced}`);
    await send(`/v1/certificates?name=${misplaced}`);
    await send('/v1/jobs', undefined, `${misplaced}x`);
    await world.send('/v1/jobs', { headers: { authorization: `Basic ${misplaced}` } });
    await world.send('/v1/jobs', { headers: { cookie: `__Host-certctl-session=${cookie}x` } });
    await world.send('/v1/jobs', {
      headers: { ...ours, cookie: `__Host-certctl-session=${cookie}` },
    });

    for (const { method, path, id } of ROUTES) {
      const isShown = method === 'GET' && !path.includes('{') && id !== 'followEvents';
      if (isShown) await send(path);
    }
    for (const { id } of await operations.list({}, ignore, signal)) {
      await send(`/v1/certificates/${id}`);
    }
    const said = [
      ...world.said,
      JSON.stringify(await operations.listAudit({ limit: 500 }, ignore, signal)),
      JSON.stringify(await operations.listEvents({ order: 'newest', limit: 500 }, ignore, signal)),
    ].join('\n');
    expect(said).toContain('far.example.com');
    const lines = privateKeyPem.split('\n').filter((line) => line.length > 20 && !/---/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    const secrets = {
      admin: admin.secret,
      other: other.secret,
      cookie: cookie.slice(-43),
      API_TOKEN,
      MAC_KEY,
      OIDC_SECRET,
      WEBHOOK_SECRET,
      TARGET_SECRET,
      lines: lines[0] ?? '',
    };
    const leaked = Object.entries(secrets).flatMap(([name, secret]) => {
      const at = said.indexOf(secret);
      return at === -1 ? [] : [`${name}: ${said.slice(Math.max(0, at - 300), at)}…`];
    });
    expect(leaked).toEqual([]);
  });
});
