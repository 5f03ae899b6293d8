/**
 * The way in: by a token, or at an OpenID provider; and out again.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT, type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { apiConfig, type DashboardSite, startSite } from './dashboard-site.ts';
import { openBrowser, visit } from './visitor.ts';

const stack = new AsyncDisposableStack();
let browser: Browser | string;
let site: DashboardSite;
let provider: OpenIdProvider;

beforeAll(async () => {
  browser = await openBrowser();
  if (typeof browser === 'string') return;
  stack.use(browser);
  const dir = stack.use(await openTempDir());
  const { port } = await apiConfig();
  const origin = `https://127.0.0.1:${port}`;
  provider = stack.use(await startOpenIdProvider(`${origin}/v1/session/oidc/callback`));
  const config = dir.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners: []
api:
  address: "127.0.0.1:${port}"
  oidc:
    issuer: ${provider.issuer}
    clientId: ${CLIENT.id}
    clientSecret: ${CLIENT.secret}
    url: ${origin}
    name: Example
    scopes: [openid, email, groups]
    grants: [{ value: admins, role: admin }]
`,
  );
  site = stack.use(await startSite(config, port));
});
afterAll(() => stack.disposeAsync());

const askFor = (page: Page, path: string): Promise<number> =>
  page.evaluate((asked) => fetch(asked).then(({ status }) => status), path);

describe('a browser', () => {
  it('comes in with a token that counts, and with no other', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    const wrong = 'certctl_0123456789abcdef0123_wrong';
    await using stranger = await visit(browser, { url: site.url, token: wrong });
    const { page } = stranger;
    await page.getByLabel('Token').fill(wrong);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await stranger.picture('sign-in-refused');
    expect(await askFor(page, '/v1/certificates')).toBe(401);
    expect(stranger.complaints).toEqual([]);
  });

  it('shows a viewer no more than it may do, and nothing once its token is revoked', async ({
    skip,
  }) => {
    if (typeof browser === 'string') return skip(browser);
    const token = await site.createToken('viewer');
    await using viewer = await visit(browser, { url: site.url, token });
    const { page } = viewer;
    await viewer.signIn();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await page.getByRole('link', { name: 'New certificate' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Tokens' }).count()).toBe(0);
    // No script can read what it is signed in with, and a new document still is.
    expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain(
      token.slice(0, 12),
    );
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    const tokens = await site.daemon.json<{ id: string; role: string }[]>('token', 'list');
    const id = tokens.find(({ role }) => role === 'viewer')?.id ?? '';
    expect((await site.daemon.run('token', 'revoke', id)).status).toBe(0);
    await page.getByRole('link', { name: 'Inventory' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByRole('alert').waitFor();
    await viewer.picture('sign-in-again');
    expect(viewer.complaints).toEqual([]);
  });

  it('signs in at the OpenID provider, and out', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    provider.person = { sub: 'ada', email: 'ada@example.com', groups: ['admins'] };
    await using visitor = await visit(browser, { url: site.url, token: '' });
    const { page } = visitor;
    await page.getByRole('link', { name: 'Sign in with Example' }).waitFor();
    await visitor.picture('sign-in-oidc');
    await page.getByRole('link', { name: 'Sign in with Example' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('ada@example.com').waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    const entry = page.getByRole('listitem').filter({ hasText: /Sign in.*ada@example\.com/ });
    await entry.waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await askFor(page, '/v1/certificates')).toBe(401);
  });

  it('makes a token that is shown once, and revokes it', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    await using admin = await visit(browser, {
      url: `${site.url}tokens`,
      token: await site.createToken('admin'),
    });
    const { page } = admin;
    await admin.signIn();
    await page.getByLabel('Name', { exact: true }).fill('robot');
    await page.getByLabel('Bound to names').fill('bind:*.customer.net');
    await page.getByRole('button', { name: 'Make it' }).click();
    const secret = await page
      .getByRole('main')
      .getByText(/^certctl_/)
      .textContent();
    await admin.picture('token-made');
    const status = await page.evaluate(
      (made) =>
        fetch('/v1/caller', {
          credentials: 'omit',
          headers: { authorization: `Bearer ${made}` },
        }).then((answer) => answer.json()),
      secret,
    );
    expect(status).toMatchObject({
      name: 'robot',
      role: 'viewer',
      patterns: ['bind:*.customer.net'],
    });

    await page.getByRole('button', { name: 'Revoke robot' }).click();
    await page.getByRole('button', { name: 'Revoke robot now' }).click();
    const entry = page.getByRole('listitem').filter({ hasText: 'robot' });
    await entry.getByText('Revoked').waitFor();
    expect(admin.complaints).toEqual([]);
  });
});
