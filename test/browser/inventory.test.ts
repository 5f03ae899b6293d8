/**
 * A hundred thousand certificates: counted, searched and scrolled.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, visit } from './visitor.ts';
import { apiConfig, type DashboardSite, startSite } from './dashboard-site.ts';
import { storedName, storeInventory } from '../support/stored-inventory.ts';
import { createServerCertificate } from '../support/openssl.ts';
import { openTempDir } from '../support/temp-dir.ts';

const COUNT = 100_000;
/** Far from what it takes, and far from what a list without an index or of all rows would take. */
const LONGEST_MS = 5_000;

const stack = new AsyncDisposableStack();
let browser: Browser | string;
let site: DashboardSite;
let token: string;

beforeAll(async () => {
  browser = await openBrowser();
  if (typeof browser === 'string') return;
  stack.use(browser);
  const dir = stack.use(await openTempDir());
  const api = await apiConfig();
  const config = dir.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\nlisteners: []\n${api.text}`,
  );
  {
    // It makes the database.
    await using first = await startSite(config, api.port);
    token = await first.createToken('operator');
  }
  const chain = dir.file('chain.pem');
  await createServerCertificate(chain, dir.file('key.pem'));
  const chainPem = await readFile(chain, 'utf8');
  await storeInventory(dir.file('data/certctl.db'), COUNT, { now: new Date(), chainPem });
  site = stack.use(await startSite(config, api.port));
});
afterAll(() => stack.disposeAsync());

it('shows, searches and scrolls a hundred thousand certificates', async ({ skip }) => {
  if (typeof browser === 'string') return skip(browser);
  await using visitor = await visit(browser, { url: `${site.url}certificates`, token });
  const { page } = visitor;
  await visitor.signIn();
  const times: Record<string, number> = {};
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const begin = performance.now();
    await work();
    times[what] = Math.round(performance.now() - begin);
  };
  const rows = page.getByRole('row');
  await page
    .getByRole('link', { name: /example|customer/ })
    .first()
    .waitFor();

  await timed('reload until the first rows', async () => {
    await page.reload();
    await page
      .getByRole('link', { name: /-\d{6}\./ })
      .first()
      .waitFor();
  });
  await page.getByRole('button', { name: /All 100,001/ }).waitFor();
  await visitor.picture('inventory-100000');

  const search = page.getByRole('searchbox');
  await timed('search of one in 100,000', async () => {
    await search.fill(storedName(99_990));
    await page.getByText('1 certificate', { exact: true }).waitFor();
  });
  await timed('search of what is not there', async () => {
    await search.fill('nothing.like.this');
    await page.getByText('Nothing fits').waitFor();
  });
  await timed('search of a part of many', async () => {
    await search.fill('shop-');
    await page.getByText('The first 200 certificates').waitFor();
  });
  await search.fill('');
  await timed('filter by state', async () => {
    await page.getByRole('button', { name: /Failing 2,000/ }).click();
    await page
      .getByRole('row', { name: /Failing/ })
      .first()
      .waitFor();
  });
  await visitor.picture('inventory-failing');
  await page.getByRole('button', { name: /All/ }).click();
  await page.getByText('The first 200 certificates').waitFor();

  await timed('scroll through 2,000 rows', async () => {
    for (let loaded = 200; loaded < 2_000; loaded += 200) {
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.getByText(`The first ${(loaded + 200).toLocaleString('en')}`).waitFor();
    }
  });
  expect(await rows.count()).toBeLessThan(120);
  const frames = await page.evaluate(scrollByFrames);
  times['longest frame of 120 while scrolling'] = Math.round(Math.max(...frames));
  times['median frame'] = Math.round(frames.toSorted((a, b) => a - b)[60] ?? 0);
  await visitor.picture('inventory-scrolled');

  // Opening one and coming back leads to where one was.
  const before = await page.evaluate(() => scrollY);
  await page.evaluate(() => document.querySelectorAll<HTMLElement>('.cell-names a')[20]?.click());
  await page.getByRole('heading', { level: 1, name: /-\d{6}\./ }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Inventory' }).waitFor();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(before);

  process.stdout.write(`${JSON.stringify(times, undefined, 2)}\n`);
  for (const [what, ms] of Object.entries(times)) expect(ms, what).toBeLessThan(LONGEST_MS);
  expect(visitor.complaints).toEqual([]);
});

/** In the browser: the milliseconds of each frame. */
async function scrollByFrames(): Promise<number[]> {
  const frames: number[] = [];
  scrollTo(0, 10_000);
  let last = performance.now();
  for (let count = 0; count < 120; count += 1) {
    scrollBy(0, 300);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames;
}
