import { mkdir, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTempDir, type TempDir } from '../../../test/support/temp-dir.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { socketCaller } from '../access/caller.ts';
import { DASHBOARD_PAGES } from './dashboard-pages.ts';
import { serveDashboard } from './dashboard-server.ts';

let built: TempDir;
beforeAll(async () => {
  built = await openTempDir();
  await mkdir(built.file('assets'));
  await writeFile(built.file('index.html'), '<!doctype html>');
  await writeFile(built.file('assets/index-abc.js'), 'export {};');
  await writeFile(built.file('assets/secret.key'), 'not ours');
});
afterAll(() => built[Symbol.asyncDispose]());

async function ask(path: string, headers = {}, { directory = built.path, isAllowed = true } = {}) {
  const server = fastify();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await serveDashboard(server, {
    directory: pathToFileURL(`${directory}/`),
    clock: systemClock,
    log,
    async admit({ id }) {
      if (!isAllowed) throw new AppError('permission/denied', 'not from there');
      return socketCaller(id);
    },
  });
  return server.inject({ url: path, headers });
}

describe('the dashboard', () => {
  it.each([...DASHBOARD_PAGES, 'certificates/0199-some-id'])(
    'is one document at /%s',
    async (page) => {
      const { statusCode, headers, body } = await ask(`/${page}`);
      expect([statusCode, body]).toEqual([200, '<!doctype html>']);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
    },
  );

  it('has files that are kept for ever, as they are named by their content', async () => {
    const { headers, body } = await ask('/assets/index-abc.js');
    expect(body).toBe('export {};');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toContain('immutable');
    const again = await ask('/assets/index-abc.js', { 'if-none-match': headers.etag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each(['/assets/secret.key', '/assets/../index.html', '/assets/%2e%2e/index.html', '/other'])(
    'has nothing at %s',
    async (path) => {
      expect((await ask(path)).statusCode).toBe(404);
    },
  );

  it('says how it is built where it is not', async () => {
    const { statusCode, body } = await ask('/', {}, { directory: `${built.path}/none` });
    expect(statusCode).toBe(404);
    expect(body).toContain('npm run build');
  });

  it('is not for those who may not come in', async () => {
    const { statusCode, body } = await ask('/', {}, { isAllowed: false });
    expect([statusCode, body.includes('doctype')]).toEqual([403, false]);
  });
});
