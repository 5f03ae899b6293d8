/**
 * A certificate from the first click to its page, and an order that the CA refuses.
 *
 * @module
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { openBrowser, visit } from './visitor.ts';
import { apiConfig, type DashboardSite, startSite } from './dashboard-site.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const stack = new AsyncDisposableStack();
let browser: Browser | string;
let ca: Pebble;
let site: DashboardSite;
let token: string;

beforeAll(async () => {
  browser = await openBrowser();
  if (typeof browser === 'string') return;
  stack.use(browser);
  ca = stack.use(await Pebble.start({ reuseAuthorizations: 0 }));
  const dir = stack.use(await openTempDir());
  const api = await apiConfig();
  const more = `listeners: [{ address: "127.0.0.1:${ca.httpPort}", protocol: http }]\nworkers: 1\n${api.text}`;
  site = stack.use(await startSite(await writeAcmeConfig(dir, ca, more), api.port));
  token = await site.createToken('operator');
});
afterAll(() => stack.disposeAsync());

describe('a person with a browser', () => {
  it('issues a certificate by click, sees each step, and renews it', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    await using visitor = await visit(browser, { url: site.url, token });
    const { page } = visitor;
    await visitor.signIn();
    await page.getByRole('main').getByRole('link', { name: 'New certificate' }).first().click();
    await page.getByLabel('Names').fill('shop.example.com, www.shop.example.com');
    await page.getByLabel('Challenge').selectOption('http-01');
    await page.getByRole('button', { name: 'Issue' }).click();

    const steps = page.getByRole('list', { name: 'Steps' });
    await steps.getByText(/order created/i).waitFor();
    await visitor.picture('issue-under-way');
    await steps.getByText(/stored/i).waitFor();
    await page.getByText('shop.example.com is issued.').waitFor();
    await visitor.picture('issue-done');

    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: 'shop.example.com', level: 1 }).waitFor();
    await page.getByText('now served').waitFor();
    await page.getByText(/signed by Pebble Root CA/).waitFor();
    await page.getByText('As PEM').click();
    const pem = await page.getByText('-----BEGIN CERTIFICATE-----').textContent();
    await verifyChain(pem ?? '', (await ca.roots()).join(''));

    await page.getByRole('button', { name: 'Renew now' }).click();
    await page
      .getByRole('list', { name: 'Steps' })
      .getByText(/stored/i)
      .waitFor();
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'Issued' }).count()).toBe(3);
    await visitor.picture('certificate');
    expect(await ca.orderCount()).toBe(2);
    expect(visitor.complaints).toEqual([]);
  });

  it('learns why an order fails, and what comes next', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    // Where the CA looks for the answer nobody listens.
    await ca.dns.setAddresses('gone.example.com', ['127.0.0.2']);
    await using visitor = await visit(browser, { url: `${site.url}issue`, token });
    const { page } = visitor;
    await visitor.signIn();
    await page.getByLabel('Names').fill('gone.example.com');
    await page.getByLabel('Challenge').selectOption('http-01');
    await page.getByRole('button', { name: 'Issue' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/gone\.example\.com/);
    await visitor.picture('issue-failed');

    await page.getByRole('link', { name: 'Inventory' }).click();
    await page.getByRole('button', { name: /Failing/ }).click();
    await page.getByRole('link', { name: 'gone.example.com' }).click();
    const failure = page.getByRole('region', { name: 'What failed' });
    await failure.waitFor();
    expect(await failure.textContent()).toMatch(/1 attempt has failed.*next one is made/);
    await page.getByRole('row').filter({ hasText: 'Failed' }).waitFor();
    await visitor.picture('certificate-failing');
    expect(visitor.complaints).toEqual([]);
  });

  it('learns at once what is wrong with what was typed', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    await using visitor = await visit(browser, { url: `${site.url}issue`, token });
    const { page } = visitor;
    await visitor.signIn();
    await page.getByLabel('Names').fill('no name at all!');
    await page.getByRole('button', { name: 'Issue' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('all! is neither a name nor an address');
    expect(await alert.textContent()).toContain('api/invalid');
  });

  it('sees what happens elsewhere while it looks', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    await using visitor = await visit(browser, { url: `${site.url}events`, token });
    const { page } = visitor;
    await visitor.signIn();
    await page.getByText('Shown as they happen').waitFor();
    await page.getByRole('button', { name: 'Certificates', exact: true }).click();
    await page.getByText('Shown as they happen').waitFor();
    const issued = await site.daemon.run('issue', 'live.example.com', '--challenge', 'http-01');
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    await page.getByRole('link', { name: 'live.example.com' }).waitFor();
    await visitor.picture('events-live');
    expect(visitor.complaints).toEqual([]);
  });
});
