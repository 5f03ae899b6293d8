/**
 * An API on HTTPS in this process, with something of everything behind it.
 *
 * @module
 */
import { type Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Operations } from '../../src/api/operations.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { systemClock } from '../../src/core/clock.ts';
import { reconcile } from '../../src/lifecycle/reconcile.ts';
import { apiCertificateSpec } from '../../src/main/api-certificate.ts';
import { type RunningApi, startApi } from '../../src/main/api.ts';
import { type Control, openControl } from '../../src/main/control.ts';
import type { Log } from '../../src/observe/log.ts';
import type { Role } from '../../src/store/access.ts';
import { writeFile } from 'node:fs/promises';
import { openTempDir } from './temp-dir.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ApiRequest {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A connection of its own without it. */
  readonly agent?: Agent;
}

export interface ApiWorld extends AsyncDisposable {
  readonly control: Control;
  readonly operations: Operations;
  readonly port: number;
  readonly rootPem: string;
  readonly socketPath: string;
  /** All that was logged and answered so far. */
  readonly said: string[];
  readonly secrets: string[];
  send(path: string, request?: ApiRequest): Promise<ApiAnswer>;
  createToken(role: Role, bind?: readonly string[]): Promise<{ id: string; secret: string }>;
}

export const API_TOKEN = 'cloudflare-api-token-that-nobody-may-see';
export const MAC_KEY = 'c2VjcmV0LW1hYy1rZXktdGhhdC1ub2JvZHktbWF5LXNlZQ';

const CONFIG = `
issuers:
  internal: { type: internal }
  corporate:
    type: acme
    directory: https://127.0.0.1:1/directory
    acceptTerms: true
    externalAccount: { keyId: kid-1, hmacKey: ${MAC_KEY} }
defaults: { issuer: internal }
dns: { main: { provider: cloudflare, apiToken: ${API_TOKEN}, zones: [example.com] } }
listeners: []
endpoints:
  - { host: app.example.com, protocol: https, upstream: "http://127.0.0.1:3000" }
  - { host: a.customer.net, protocol: https, upstream: "http://127.0.0.1:3000" }
api: { address: "127.0.0.1:0" }
`;

export async function openApiWorld(config = CONFIG): Promise<ApiWorld> {
  const directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, config);
  const dataDir = directory.file('data');
  const loaded = await loadConfig({ path, environment: readEnvironment(), dataDir });
  const stop = new AbortController();
  const { signal } = stop;
  const control = await openControl(
    { config: loaded, hasTerminator: false, clock: systemClock },
    signal,
  );
  const { operations } = control;
  const report = (): void => {};
  const own = apiCertificateSpec(loaded);
  const certificates = own === undefined ? [] : [own];
  await reconcile(control.context, { certificates, hosts: [], defaults: loaded.defaults });
  for (const name of ['app.example.com', 'a.customer.net', 'b.customer.net']) {
    const body = { names: [name], wanted: {}, isForced: false, isDryRun: false };
    await operations.issue(body, report, signal);
  }
  const { rootPem } = await operations.exportAuthority({ issuer: 'internal' }, report, signal);
  const said: string[] = [];
  const socketPath = directory.file('certctl.sock');
  const log = listeningLog(said);
  const api: RunningApi = await startApi({ control, config: loaded, socketPath, log, signal });
  const port = api.https?.port ?? 0;
  const secrets: string[] = [];

  return {
    control,
    operations,
    port,
    rootPem,
    socketPath,
    said,
    secrets,
    async send(where, { method = 'GET', token, headers = {}, body, agent } = {}) {
      const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const request = httpsRequest({
        host: '127.0.0.1',
        port,
        path: where,
        method,
        ca: rootPem,
        agent: agent ?? false,
        signal: AbortSignal.timeout(15_000),
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      });
      const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
      request.on('error', reject).on('response', (response) => {
        const { statusCode: status = 0, headers: fields } = response;
        text(response)
          .then((answer) => said.push(answer) && resolve({ status, headers: fields, body: answer }))
          .catch(reject);
      });
      request.end(payload);
      return promise;
    },
    async createToken(role, bind) {
      const patterns = bind?.map((name) => `bind:${name}`);
      const body = { name: `${role} token`, role, ...(patterns === undefined ? {} : { patterns }) };
      const { token, secret } = await operations.createToken(body, report, signal);
      secrets.push(secret);
      return { id: token.id, secret };
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await api.close();
      await control.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function listeningLog(said: string[]): Log {
  const listen = (...parts: unknown[]): void => {
    said.push(
      JSON.stringify(parts, (_key, value: unknown) =>
        value instanceof Error ? { message: value.message, stack: value.stack } : value,
      ),
    );
  };
  return { debug: listen, info: listen, warn: listen, error: listen };
}
