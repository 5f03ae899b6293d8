/**
 * Debian's Chromium as a visitor of the dashboard: it keeps what it complained about.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findDebianProgram } from '../support/debian-program.ts';

export interface Visitor extends AsyncDisposable {
  readonly page: Page;
  /** Where the dashboard is. */
  readonly url: string;
  /** What the console, the Content-Security-Policy and the network had to say that is not as it should be. */
  readonly complaints: string[];
  signIn(): Promise<void>;
  /** Keeps a picture as an artefact. */
  picture(name: string): Promise<void>;
  /** The rules of axe that the page breaks, with the elements that do. */
  accessibilityFaults(): Promise<string[]>;
}

export interface VisitOptions {
  readonly url: string;
  readonly token: string;
  readonly scheme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
}

const PICTURES = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));
const DESKTOP = { width: 1_280, height: 860 };
/** Of WCAG 2.2 up to AA, and what is good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** @returns why there is no browser here, where there is none. */
export async function openBrowser(): Promise<(Browser & AsyncDisposable) | string> {
  const found = await findDebianProgram('chromium');
  if (typeof found === 'string') return found;
  const { file, options } = found;
  await mkdir(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: file,
    ...(options.env === undefined ? {} : { env: options.env }),
    // In a container its own sandbox cannot be had.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

export async function visit(browser: Browser, options: VisitOptions): Promise<Visitor> {
  const { url, token, scheme = 'light', size = DESKTOP } = options;
  const context = await browser.newContext({
    // The daemon's own CA, which the browser does not know.
    ignoreHTTPSErrors: true,
    colorScheme: scheme,
    viewport: size,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => void complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // What is refused is shown by the page itself.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const isOurs =
      request.url().startsWith(new URL('/', url).href) || /^(?:data|blob):/.test(request.url());
    if (!isOurs) complaints.push(`asks elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      // oxlint-disable-next-line no-console -- the test reads the console
      console.error(`Content-Security-Policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  await page.goto(url);
  return {
    page,
    url,
    complaints,
    async signIn() {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('link', { name: 'Skip to the content' }).waitFor();
    },
    async picture(name) {
      await page.screenshot({ path: `${PICTURES}${name}.png` });
    },
    async accessibilityFaults() {
      // As an extension would: the policy of the page lets no other script in.
      await page.evaluate(axe.source);
      const violations = await page.evaluate(async (tags) => {
        const { violations: found } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
          runOnly: tags,
        });
        return found.map(({ id, nodes }) => ({ id, html: nodes.map((node) => node.html) }));
      }, TAGS);
      return violations.map(({ id, html }) => `${id}: ${html.join(' ').slice(0, 500)}`);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
