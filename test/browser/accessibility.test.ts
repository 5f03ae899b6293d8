/**
 * Every page for those who do not use a mouse, or do not see: axe, and the keyboard alone.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBrowser, visit } from './visitor.ts';
import { apiConfig, type DashboardSite, startSite } from './dashboard-site.ts';
import { freePort } from '../support/free-port.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { connectTls } from '../support/tls-client.ts';

const stack = new AsyncDisposableStack();
let browser: Browser | string;
let site: DashboardSite;
let token: string;
let certificateId: string;

const PHONE = { width: 390, height: 844 };
const HOST = 'app.example.com';

beforeAll(async () => {
  browser = await openBrowser();
  if (typeof browser === 'string') return;
  stack.use(browser);
  const dir = stack.use(await openTempDir());
  const [api, port] = await Promise.all([apiConfig(), freePort()]);
  const config = dir.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints: [{ host: ${HOST}, protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:1" }]
certificates: [{ names: [broken.example.com], issuer: nowhere }]
issuers:
  internal: { type: internal }
  nowhere: { type: acme, directory: "https://127.0.0.1:1/directory", acceptTerms: true }
workers: 1
${api.text}`,
  );
  site = stack.use(await startSite(config, api.port));
  token = await site.createToken('admin');
  const listed = async () =>
    (await site.daemon.json<{ id: string; names: string[]; status: string }[]>('list')).find(
      ({ names }) => names.includes(HOST),
    );
  certificateId = await vi.waitFor(
    async () => {
      const { id, status } = (await listed()) ?? {};
      if (id === undefined || status !== 'valid') throw new Error(`${HOST} is ${status}`);
      return id;
    },
    { timeout: 20_000, interval: 100 },
  );
  const { rootPem } = await site.daemon.json<{ rootPem: string }>('ca', 'export');
  (await connectTls({ port, host: HOST, roots: rootPem })).destroy();
});
afterAll(() => stack.disposeAsync());

const PAGES = [
  ['overview', ''],
  ['inventory', 'certificates'],
  ['nothing-found', 'certificates?q=nothing.like.this'],
  ['timeline', 'timeline'],
  ['issue', 'issue'],
  ['traffic', 'traffic'],
  ['explain', `explain?name=${HOST}`],
  ['explain-wrong', 'explain?name=..'],
  ['events', 'events'],
  ['issuers', 'issuers'],
  ['tokens', 'tokens'],
  ['audit', 'audit'],
  ['no-certificate', 'certificates/01900000-0000-7000-8000-000000000000'],
] as const;

describe.each([
  ['light', undefined],
  ['dark', undefined],
  ['light', PHONE],
] as const)('in %s %o', (scheme, size) => {
  it('no page breaks a rule of axe, or asks for what the policy forbids', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    const options = { url: site.url, token, scheme, ...(size === undefined ? {} : { size }) };
    await using visitor = await visit(browser, options);
    const { page } = visitor;
    const suffix = `${scheme}${size === undefined ? '' : '-phone'}`;
    const faults: string[] = [];
    const look = async (name: string): Promise<void> => {
      await visitor.picture(`${name}-${suffix}`);
      faults.push(...(await visitor.accessibilityFaults()).map((fault) => `${name}: ${fault}`));
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      const shown = await page.evaluate(() => document.documentElement.clientWidth);
      if (width > shown) faults.push(`${name}: wider than the window, ${width} > ${shown}`);
    };
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await look('sign-in');
    await visitor.signIn();
    const pages = [...PAGES, ['certificate-valid', `certificates/${certificateId}`]] as const;
    for (const [name, path] of pages) {
      await page.goto(`${site.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.getByText('Loading').count(), { timeout: 10_000 }).toBe(0);
      await look(name);
    }
    await page.goto(`${site.url}traffic`);
    await page.getByRole('button', { name: HOST }).click();
    await look('traffic-endpoint');
    expect(faults).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});

describe('with the keyboard alone', () => {
  it('somebody signs in, skips the navigation, searches, and opens a certificate', async ({
    skip,
  }) => {
    if (typeof browser === 'string') return skip(browser);
    await using visitor = await visit(browser, { url: site.url, token });
    const { page } = visitor;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 80) ?? '');
    const tabTo = async (text: string | RegExp): Promise<void> => {
      for (let count = 0; count < 60; count += 1) {
        await keyboard.press('Tab');
        if (new RegExp(text).test(await focused())) return;
      }
      throw new Error(`the Tab key does not lead to ${String(text)}`);
    };
    await expect.poll(() => page.evaluate(() => document.activeElement?.nodeName)).toBe('INPUT');
    await keyboard.insertText(token);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');

    await page.goto(site.url);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await tabTo(/^Inventory$/);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    expect(await focused()).toBe('Inventory');
    await tabTo(/^$/);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await keyboard.insertText('app.');
    await expect.poll(() => page.getByRole('status').allTextContents()).toContain('1 certificate');
    await tabTo(/^app\.example\.com$/);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: HOST }).waitFor();
    expect(await focused()).toBe(HOST);
    await tabTo(/^Renew now$/);
    await keyboard.press('Enter');
    await page.getByText('Done', { exact: true }).waitFor();
    // The key for it is the window's, which is not there.
    await page.goBack();
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('app.');
    expect(visitor.complaints).toEqual([]);
  });
});
