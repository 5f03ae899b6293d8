import { stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openApiParts } from '../../test/support/api-parts.ts';
import { startProgram } from '../../test/support/program.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Progress } from '../observe/progress.ts';
import { connectDaemon } from './client.ts';
import type { Operations } from './operations.ts';
import { type OperationName, REQUESTS } from './requests.ts';
import { type ApiServer, startApiServer } from './server.ts';

type Handler = (
  name: OperationName,
  body: unknown,
  report: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<unknown>;

interface Subject extends AsyncDisposable {
  readonly socketPath: string;
  readonly server: ApiServer;
  readonly client: Operations;
  /** Aborts what the daemon is doing. */
  stop(reason: Error): void;
}

const { signal } = new AbortController();
const ignore = (): void => {};

/** Operations that are all one function: what a call does is the test's to say. */
function operationsOf(handler: Handler): Operations {
  const entries = Object.keys(REQUESTS).map((name) => [
    name,
    (body: unknown, report: (progress: Progress) => void, aborted: AbortSignal) =>
      handler(name as OperationName, body, report, aborted),
  ]);
  return Object.fromEntries(entries) as Operations;
}

async function startSubject(handler: Handler): Promise<Subject> {
  const directory = await openTempDir();
  const socketPath = directory.file('certctl.sock');
  const stopping = new AbortController();
  const parts = await openApiParts(operationsOf(handler), stopping.signal);
  const server = await startApiServer({ ...parts, socketPath });
  return {
    socketPath,
    server,
    client: await connected(socketPath),
    stop: (reason) => stopping.abort(reason),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await parts[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function connected(socketPath: string): Promise<Operations> {
  const client = await connectDaemon(socketPath);
  if (client === undefined) throw new Error('nobody listens');
  return client;
}

/** A request as no client of ours would send it; its answer line by line. */
async function post(socketPath: string, path: string, body: string): Promise<unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { 'content-type': 'application/json' };
  const outgoing = httpRequest({ socketPath, path, method: 'POST', headers }, (incoming) => {
    text(incoming).then(resolve, reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  const lines = (await promise).split('\n').filter((line) => line !== '');
  return lines.map((line): unknown => JSON.parse(line));
}

/** A sound request of each operation. */
const BODIES: { readonly [Name in OperationName]: Parameters<Operations[Name]>[0] } = {
  issue: {
    names: ['app.example.com'],
    wanted: { challenges: ['http-01'], http01Port: 8080 },
    adHocIssuer: { type: 'acme', directory: 'https://ca.example/dir', acceptTerms: true },
    isForced: false,
    isDryRun: true,
  },
  deploy: { name: 'app.example.com' },
  renew: { every: 'due' },
  list: {},
  show: { name: 'app.example.com' },
  revoke: { name: 'app.example.com', reason: 'keyCompromise' },
  revokeForeign: {
    chainPem: 'chain',
    privateKeyPem: 'key',
    reason: 'keyCompromise',
    adHocIssuer: { type: 'acme', directory: 'https://ca.example/directory', acceptTerms: false },
  },
  remove: { name: 'app.example.com' },
  exportCertificate: { name: 'app.example.com', withKey: true },
  importCertificate: { chainPem: 'chain', privateKeyPem: 'key' },
  explain: { name: 'app.example.com' },
  showAccount: {},
  registerAccount: { issuer: 'letsencrypt' },
  rollOverAccount: { issuer: 'letsencrypt' },
  deactivateAccount: { issuer: 'letsencrypt' },
  exportAuthority: { issuer: 'internal' },
  diagnose: { names: ['app.example.com'] },
  persistRecord: { name: 'app.example.com', withWildcard: true, until: '2030-12-31T23:59:59Z' },
  delegationRecord: { name: 'app.example.com' },
  testCredential: { credential: 'main', name: 'app.example.com' },
  keyringStatus: {},
  rotateKeyring: {},
  status: {},
  findCertificates: { sort: 'expires', limit: 50, text: 'app' },
  countCertificates: {},
  listIssuances: { limit: 50 },
  showIssuance: { id: '1' },
  listOrders: { limit: 50, isFinished: true },
  showOrder: { id: '1' },
  listEndpoints: {},
  listIssuers: {},
  listAccounts: {},
  listDnsCredentials: {},
  readMetrics: {},
  listTokens: {},
  createToken: { name: 'ci', role: 'viewer', createdBy: 'socket' },
  rotateToken: { id: '1', graceSeconds: 0 },
  revokeToken: { id: '1' },
  listAudit: { limit: 50 },
  listEvents: { order: 'newest', name: 'app.example.com', events: ['certificate.*'], limit: 10 },
  showEvent: { id: 'event-1' },
  listDeadDeliveries: { subscription: 'chat', limit: 10 },
  deliveryBacklog: {},
  testSubscription: { subscription: 'chat' },
  replayDeliveries: { eventId: 'event-1' },
};

describe('operations over the socket', () => {
  it.each(Object.keys(BODIES) as OperationName[])('carry %s both ways', async (name) => {
    await using subject = await startSubject(async (called, body) => ({ called, body }));
    const call = subject.client[name] as (...args: unknown[]) => Promise<unknown>;
    expect(await call(BODIES[name], ignore, signal)).toEqual({ called: name, body: BODIES[name] });
  });

  it('end with their client where there is nothing to keep', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    const leaving = new AbortController();
    const reason = new Error('left');
    await using subject = await startSubject(async (_name, _body, report, held) => {
      held.addEventListener('abort', () => end('ended'), { once: true });
      report({ step: 'waiting', message: 'written' });
      return new Promise(() => {});
    });
    const body = { credential: 'main', name: 'app.example.com' };
    const call = subject.client.testCredential(body, () => leaving.abort(reason), leaving.signal);
    await expect(call).rejects.toBe(reason);
    expect(await ended).toBe('ended');
  });

  it('show progress while the work still runs', async () => {
    const { promise: seen, resolve: see } = Promise.withResolvers<void>();
    await using subject = await startSubject(async (_name, _body, report) => {
      report({ step: 'order-created', message: 'order created' });
      // Ends only when the other side has had the line.
      await seen;
      report({ step: 'stored', message: 'stored' });
      return [];
    });
    const steps: string[] = [];
    const report = ({ step }: Progress): void => {
      steps.push(step);
      see();
    };
    expect(await subject.client.list({}, report, signal)).toEqual([]);
    expect(steps).toEqual(['order-created', 'stored']);
  });

  it('carry errors with all that a reader needs', async () => {
    const retryAt = new Date('2026-03-01T10:00:00Z');
    const details = { mend: 'Wait.', context: { limit: 5 }, retryAt, cause: new Error('why') };
    await using subject = await startSubject(async () => {
      throw new AppError('acme/rate-limited', 'too many orders', details);
    });
    const failing = subject.client.show({ name: 'app.example.com' }, ignore, signal);
    await expect(failing).rejects.toBeInstanceOf(AppError);
    await expect(failing).rejects.toMatchObject({
      code: 'acme/rate-limited',
      message: 'too many orders',
      mend: 'Wait.',
      context: { limit: 5 },
      retryAt,
      cause: { message: 'why' },
    });
  });

  it('carry results as long as they are', async () => {
    const long = Array.from({ length: 20_000 }, (_, index) => ({
      id: index,
      text: 'ü'.repeat(50),
    }));
    await using subject = await startSubject(async () => long);
    expect(await subject.client.list({}, ignore, signal)).toEqual(long);
  });

  it('run side by side', async () => {
    const { promise: second, resolve } = Promise.withResolvers<void>();
    await using subject = await startSubject(async (name) => {
      if (name === 'status') resolve();
      else await second;
      return [];
    });
    const first = subject.client.list({}, ignore, signal);
    await subject.client.status({}, ignore, signal);
    expect(await first).toEqual([]);
  });

  it('go on in the daemon when the client leaves', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
    await using subject = await startSubject(async (name, _body, report, aborted) => {
      if (name === 'status') return {};
      begin();
      await left;
      report({ step: 'stored', message: 'stored' });
      end(!aborted.aborted);
      return [];
    });
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const call = subject.client.list({}, ignore, abort.signal);
    await begun;
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    leave();
    expect(await ended).toBe(true);
    expect(await subject.client.status({}, ignore, signal)).toEqual({});
  });

  it('are aborted when the daemon stops', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    await using subject = await startSubject(async (_name, _body, _report, aborted) => {
      begin();
      await new Promise((resolve) => aborted.addEventListener('abort', resolve, { once: true }));
      throw aborted.reason;
    });
    const call = subject.client.list({}, ignore, signal);
    await begun;
    subject.stop(new AppError('daemon/unreachable', 'the daemon stops'));
    await expect(call).rejects.toMatchObject({ code: 'daemon/unreachable' });
  });
});

describe('malformed requests', () => {
  const path = '/v1/operations/';
  const deep = '['.repeat(100_000);
  it.each([
    ['no JSON', `${path}show`, '{"name":'],
    ['nothing', `${path}show`, ''],
    ['another shape', `${path}show`, '{"name":7}'],
    ['an unknown member', `${path}show`, '{"name":"a.example.com","force":true}'],
    ['a prototype', `${path}show`, '{"__proto__":{"name":"a"},"name":"a"}'],
    ['endless nesting', `${path}show`, deep],
    ['an unknown operation', `${path}destroy`, '{}'],
    ['an inherited operation', `${path}constructor`, '{}'],
    [
      'a CA without TLS',
      `${path}issue`,
      JSON.stringify({
        ...BODIES.issue,
        adHocIssuer: { type: 'acme', directory: 'http://10.0.0.1/' },
      }),
    ],
  ])('with %s are refused, and the server lives on', async (_title, where, body) => {
    let calls = 0;
    await using subject = await startSubject(async () => (calls += 1));
    const lines = await post(subject.socketPath, where, body);
    expect(lines).toEqual([
      {
        error: {
          code: 'usage/invalid',
          message: expect.stringMatching(/^the request/),
          mend: expect.stringContaining('same version'),
        },
      },
    ]);
    expect(calls).toBe(0);
    expect(await subject.client.status({}, ignore, signal)).toBe(1);
  });

  it('with too long a body are refused as such, and the server lives on', async () => {
    await using subject = await startSubject(async () => 1);
    const body = JSON.stringify({ name: 'x'.repeat(8 * 1024 * 1024) });
    expect(await post(subject.socketPath, `${path}show`, body)).toEqual([
      {
        error: {
          code: 'api/too-large',
          message: expect.anything(),
          mend: 'Send at most 4096 KiB.',
        },
      },
    ]);
    expect(await subject.client.status({}, ignore, signal)).toBe(1);
  });

  it('of our own client are refused before they are sent', async () => {
    await using subject = await startSubject(async () => ({}));
    const name = 'x'.repeat(8 * 1024 * 1024);
    await expect(subject.client.show({ name }, ignore, signal)).rejects.toMatchObject({
      code: 'usage/invalid',
    });
  });
});

describe('the socket', () => {
  it('is open to its owner alone', async () => {
    await using subject = await startSubject(async () => ({}));
    const { mode } = await stat(subject.socketPath);
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  it('is gone for clients once the server is closed', async () => {
    await using subject = await startSubject(async () => ({}));
    await subject.server.close();
    expect(await connectDaemon(subject.socketPath)).toBeUndefined();
  });

  it('replaces the file of a daemon that was killed', async () => {
    await using directory = await openTempDir();
    const socketPath = directory.file('certctl.sock');
    const script = `process.getBuiltinModule('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('up'))`;
    await using killed = await startProgram(process.execPath, ['-e', script]);
    await killed.waitForLine(/up/);
    killed.kill('SIGKILL');
    await killed.exited;
    expect((await stat(socketPath)).isSocket()).toBe(true);
    expect(await connectDaemon(socketPath)).toBeUndefined();

    const operations = operationsOf(async () => 'alive');
    await using parts = await openApiParts(operations, signal);
    const server = await startApiServer({ ...parts, socketPath });
    expect(await (await connected(socketPath)).status({}, ignore, signal)).toBe('alive');
    await server.close();
  });

  it('fails with advice where its path is too long', async () => {
    await using directory = await openTempDir();
    const socketPath = directory.file('x'.repeat(120));
    const operations = operationsOf(async () => ({}));
    await using parts = await openApiParts(operations, signal);
    await expect(startApiServer({ ...parts, socketPath })).rejects.toMatchObject({
      code: 'listener/unavailable',
      mend: expect.stringContaining('shorter path'),
    });
  });
});
