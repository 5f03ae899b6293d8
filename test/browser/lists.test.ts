/**
 * Lists that go on: what comes late for one list is never shown in another.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openTempDir } from '../support/temp-dir.ts';
import { apiConfig, startSite } from './dashboard-site.ts';
import { openBrowser, visit } from './visitor.ts';

it('of events has none of another kind, whenever the rest of that one comes', async ({ skip }) => {
  const opened = await openBrowser();
  if (typeof opened === 'string') return skip(opened);
  await using browser = opened;
  await using dir = await openTempDir();
  const api = await apiConfig();
  const config = dir.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\nlisteners: []\n${api.text}`,
  );
  await using site = await startSite(config, api.port);
  const token = await site.createToken('viewer');
  for (let count = 0; count < 3; count += 1) await site.createToken('viewer');

  await using visitor = await visit(browser, { url: `${site.url}events`, token });
  const { page } = visitor;
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  // Pages of two, and the later ones of them wait.
  await page.route('**/v1/events?*', async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('limit', '2');
    if (url.searchParams.has('cursor')) {
      held.resolve();
      await released.promise;
    }
    // It may have been called off meanwhile.
    await route.continue({ url: url.href }).catch(() => undefined);
  });
  await visitor.signIn();
  const titles = page.locator('.event-type');
  await expect.poll(() => titles.allTextContents()).toEqual(['Token created', 'Token created']);
  await page.getByRole('button', { name: 'More events' }).click();
  await held.promise;
  await page.getByRole('button', { name: 'Daemon' }).click();
  await expect.poll(() => titles.allTextContents()).toEqual(['Daemon started']);
  const answered = page.waitForEvent('requestfinished', { timeout: 2_000 }).catch(() => undefined);
  released.resolve();
  await answered;
  expect(await titles.allTextContents()).toEqual(['Daemon started']);

  await page.getByRole('button', { name: 'All', exact: true }).click();
  await expect.poll(() => titles.count()).toBe(2);
  await page.getByRole('button', { name: 'More events' }).click();
  await expect.poll(() => titles.count()).toBe(4);
  await site.createToken('operator');
  await expect.poll(() => titles.count()).toBe(5);
  expect(visitor.complaints).toEqual([]);
});
