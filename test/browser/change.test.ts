/**
 * What operators do to what is there: deploy, revoke and remove a certificate, deliver an event again.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { type HttpsServer, openHttpsServer } from '../support/https-server.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir, type TempDir } from '../support/temp-dir.ts';
import { apiConfig, type DashboardSite, startSite } from './dashboard-site.ts';
import { openBrowser, visit, type VisitOptions } from './visitor.ts';

const PHONE = { width: 390, height: 844 };
const YEAR_MS = 365 * 86_400_000;
const stack = new AsyncDisposableStack();
let browser: Browser | string;
let site: DashboardSite;
let dir: TempDir;
let receiver: HttpsServer;
let isReceiving = false;
let operator: string;
let viewer: string;

beforeAll(async () => {
  browser = await openBrowser();
  if (typeof browser === 'string') return;
  stack.use(browser);
  const ca = stack.use(await Pebble.start({ reuseAuthorizations: 0 }));
  dir = stack.use(await openTempDir());
  receiver = stack.use(await openHttpsServer(() => ({ status: isReceiving ? 200 : 500 })));
  await writeFile(dir.file('receiver.pem'), receiver.root);
  await mkdir(dir.file('other'));
  const api = await apiConfig();
  const more = `listeners: [{ address: "127.0.0.1:${ca.httpPort}", protocol: http }]
workers: 1
targets:
  here: { type: files, combined: "${dir.path}/{name}.pem" }
  there: { type: files, combined: "${dir.path}/other/{name}.pem" }
notify:
  chat:
    type: webhook
    url: ${receiver.url}/hook
    secret: whsec_${randomBytes(32).toString('base64')}
    allowPrivate: true
    caBundle: ${dir.file('receiver.pem')}
    events: [certificate.issued.v1]
    names: [told.example.com]
${api.text}`;
  const config = await writeAcmeConfig(dir, ca, more);
  const text = await readFile(config, 'utf8');
  const defaults = 'defaults: { issuer: pebble, targets: [here, there] }';
  await writeFile(config, text.replace('defaults: { issuer: pebble }', defaults));
  site = stack.use(await startSite(config, api.port));
  operator = await site.createToken('operator');
  viewer = await site.createToken('viewer');
});
afterAll(() => stack.disposeAsync());

async function issue(...names: string[]): Promise<string> {
  const issued = await site.daemon.run('issue', ...names, '--challenge', 'http-01');
  expect(issued, issued.stderr).toMatchObject({ status: 0 });
  return (await site.daemon.json<{ id: string }>('show', names[0] ?? '')).id;
}

function open(launched: Browser, path: string, more: Partial<VisitOptions> = {}) {
  return visit(launched, { url: `${site.url}${path}`, token: operator, ...more });
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim());

describe('an operator', () => {
  it('deploys to the targets by click, and learns which of them failed', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    const id = await issue('mail.example.com');
    const file = dir.file('mail.example.com.pem');
    await rm(file);
    await rm(dir.file('other'), { recursive: true });
    await using visitor = await open(browser, `certificates/${id}`);
    const { page } = visitor;
    await visitor.signIn();
    await page.getByRole('button', { name: 'Deploy now' }).click();
    await page.getByText('1 of 2 targets failed; certctl tries again by itself.').waitFor();
    expect(await page.getByRole('list', { name: 'Steps' }).textContent()).toMatch(/there failed/);
    expect(await focused(page)).toBe('Deployment');
    expect(await readFile(file, 'utf8')).toContain('BEGIN CERTIFICATE');
    await page.getByText('Failing', { exact: true }).waitFor();
    await visitor.picture('deployed');
    await mkdir(dir.file('other'));
    await page.getByRole('button', { name: 'Deploy now' }).click();
    await page.getByText('2 targets have it.').waitFor();
    expect(await visitor.accessibilityFaults()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('revokes by key alone, after it has read what follows and typed the name', async ({
    skip,
  }) => {
    if (typeof browser === 'string') return skip(browser);
    const id = await issue('stolen.example.com', 'www.stolen.example.com');
    const { current } = await site.daemon.json<{ current: { serial: string } }>(
      'show',
      'stolen.example.com',
    );
    await using visitor = await open(browser, `certificates/${id}`);
    const { page } = visitor;
    const { keyboard } = page;
    await visitor.signIn();
    const opener = page.getByRole('button', { name: 'Revoke…' });
    await opener.focus();
    await keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke stolen.example.com' });
    await dialog.waitFor();
    await keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Revoke…');

    await keyboard.press('Enter');
    await dialog.waitFor();
    await dialog.getByLabel('Reason').selectOption('keyCompromise');
    await dialog.getByText('Every certificate with the same key').waitFor();
    await visitor.picture('revoke');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    const confirm = dialog.getByRole('button', { name: 'Revoke it' });
    await keyboard.press('Tab');
    await keyboard.insertText('stolen.example.net');
    expect(await confirm.isDisabled()).toBe(true);
    await keyboard.press('ControlOrMeta+A');
    await keyboard.insertText('stolen.example.com');
    await keyboard.press('Enter');
    await page.getByText('The certificate was revoked.').waitFor();
    expect(await focused(page)).toBe('Revocation');
    // What takes its place, comes by itself.
    const revoked = page.getByRole('row').filter({ hasText: current.serial });
    await revoked.getByText('revoked').waitFor();
    await expect
      .poll(() => site.daemon.json('show', 'stolen.example.com'), { timeout: 20_000 })
      .not.toMatchObject({ current: { serial: current.serial } });
    await page.locator('.lead').getByText('Valid').waitFor();
    await visitor.picture('revoked');
    expect(visitor.complaints).toEqual([]);
  });

  it('removes by click, and is told so where it is led', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    const id = await issue('old.example.com');
    await using visitor = await open(browser, `certificates/${id}`, {
      size: PHONE,
      scheme: 'dark',
    });
    const { page } = visitor;
    await visitor.signIn();
    await page.getByRole('button', { name: 'Remove…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove old.example.com' });
    await dialog.getByLabel(/Type/).fill('old.example.com');
    await visitor.picture('remove-dark-phone');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    await page.getByText('old.example.com is removed.').waitFor();
    expect(await focused(page)).toBe('Inventory');
    await visitor.picture('removed-dark-phone');
    expect(await page.getByRole('link', { name: 'old.example.com' }).count()).toBe(0);
    expect(await site.daemon.run('show', 'old.example.com')).toMatchObject({ status: 65 });
    expect(visitor.complaints).toEqual([]);
  });

  it('learns in the dialog why what it asked for was refused', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    const id = await issue('twice.example.com');
    await using visitor = await open(browser, `certificates/${id}`);
    const { page } = visitor;
    await visitor.signIn();
    await page.getByRole('button', { name: 'Remove…' }).click();
    // Somebody else was faster.
    expect(await site.daemon.run('remove', 'twice.example.com')).toMatchObject({ status: 0 });
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Type/).fill('twice.example.com');
    await dialog.getByRole('button', { name: 'Remove it' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('alert').textContent()).toContain('certificate/not-found');
    await visitor.picture('remove-refused');
    expect(await visitor.accessibilityFaults()).toEqual([]);
  });

  it('has what could not be delivered tried again', async ({ skip }) => {
    if (typeof browser === 'string') return skip(browser);
    await issue('told.example.com');
    await buryFirst();
    await using visitor = await open(browser, 'events');
    const { page } = visitor;
    await visitor.signIn();
    const card = page.getByRole('region', { name: 'Deliveries' });
    await card.getByText('1 given up').waitFor();
    await card.getByText(/500/).waitFor();
    await visitor.picture('deliveries');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    isReceiving = true;
    const before = receiver.requests.length;
    await card.getByRole('button', { name: /^Try again/ }).click();
    await card.getByText('1 delivery is tried again.').waitFor();
    expect(await focused(page)).toBe('Deliveries');
    await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBe(before + 1);
    expect(receiver.requests.at(-1)?.body).toContain('told.example.com');
    await page.reload();
    await card.getByText('All delivered').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});

it('a viewer is offered none of it, and refused where it asks all the same', async ({ skip }) => {
  if (typeof browser === 'string') return skip(browser);
  const id = await issue('seen.example.com');
  await using visitor = await open(browser, `certificates/${id}`, { token: viewer });
  const { page } = visitor;
  await visitor.signIn();
  await page.getByRole('heading', { name: 'Deployments' }).waitFor();
  expect(await page.getByRole('button', { name: /Renew|Revoke|Remove|Deploy/ }).count()).toBe(0);
  const statuses = await page.evaluate(async (certificate) => {
    const path = `/v1/certificates/${certificate}`;
    const headers = { 'content-type': 'application/json' };
    const ask = async (method: string, to: string): Promise<number> =>
      (await fetch(to, { method, ...(method === 'POST' ? { headers, body: '{}' } : {}) })).status;
    return Promise.all([
      ask('POST', `${path}/revoke`),
      ask('POST', `${path}/deploy`),
      ask('POST', '/v1/deliveries/replay'),
      ask('DELETE', path),
    ]);
  }, id);
  expect(statuses).toEqual([403, 403, 403, 403]);
  expect(visitor.complaints).toEqual([]);
});

/** A day of attempts is not waited for. */
async function buryFirst(): Promise<void> {
  const store = await openSqliteStore({ path: dir.file('data/certctl.db') });
  try {
    const delivery = await vi.waitFor(
      async () => {
        const [first] = await store.deliveries.due('chat', new Date(Date.now() + YEAR_MS), 1);
        if (first?.error === undefined) throw new Error('nothing has failed yet');
        return first;
      },
      { timeout: 20_000, interval: 100 },
    );
    const { attempts, error = '' } = delivery;
    await store.deliveries.bury(delivery, { attempts, at: new Date(), error });
  } finally {
    await store.close();
  }
}
