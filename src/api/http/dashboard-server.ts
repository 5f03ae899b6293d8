/**
 * Serves the built dashboard: one document for all its pages, and files named by their content.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, systemCode } from '../../core/errors.ts';
import { DASHBOARD_PAGES } from './dashboard-pages.ts';
import { refuse, type ResourceServerOptions } from './resource-server.ts';

export interface DashboardOptions extends Pick<ResourceServerOptions, 'admit' | 'log' | 'clock'> {
  /** What `npm run build` makes. */
  readonly directory: URL;
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
};
const PROTECTION = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
const FOR_EVER = 'public, max-age=31536000, immutable';
const DOCUMENT = 'index.html';
const ASSETS = 'assets/';

interface DashboardFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
}

export async function serveDashboard(
  server: FastifyInstance,
  options: DashboardOptions,
): Promise<void> {
  const files = await readFiles(options.directory);
  server.register(async (scope) => {
    scope.setErrorHandler((thrown, request, reply) => refuse(options, thrown, request, reply));
    scope.addHook('onRequest', async (request) => void (await options.admit(request, 'ignored')));
    for (const page of DASHBOARD_PAGES) {
      const answer = (request: FastifyRequest, reply: FastifyReply) =>
        send(request, reply, files.get(DOCUMENT), 'no-store');
      scope.get(`/${page}`, answer);
      if (page !== '') scope.get(`/${page}/:id`, answer);
    }
    for (const [path, file] of files) {
      if (path === DOCUMENT) continue;
      const cache = path.startsWith(ASSETS) ? FOR_EVER : 'no-cache';
      scope.get(`/${path}`, (request, reply) => send(request, reply, file, cache));
    }
  });
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  file: DashboardFile | undefined,
  cache: string,
): FastifyReply {
  if (file === undefined) {
    throw new AppError('api/not-found', 'the dashboard was not built', {
      mend: 'Run `npm run build` in the clone, then start certctl again.',
    });
  }
  reply.headers(PROTECTION).header('cache-control', cache).header('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.type(file.type).send(file.bytes);
}

/** They are few and small: read once, they stay as they were when the daemon began. */
async function readFiles(directory: URL): Promise<ReadonlyMap<string, DashboardFile>> {
  const files = new Map<string, DashboardFile>();
  for (const folder of ['', ASSETS]) {
    for (const name of await namesIn(new URL(folder, directory))) {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
      if (type === undefined) continue;
      const bytes = await readFile(new URL(`${folder}${name}`, directory));
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
      files.set(`${folder}${name}`, { type, etag, bytes });
    }
  }
  return files;
}

async function namesIn(directory: URL): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
