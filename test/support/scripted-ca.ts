/**
 * An ACME server on loopback whose answers a test writes down, and a client of it.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto';
import type { AccountHandle } from '../../src/acme/account.ts';
import { type AcmeClient, openAcmeClient } from '../../src/acme/client.ts';
import {
  type HttpsServer,
  openHttpsServer,
  type ScriptedAnswer,
  type SeenRequest,
} from './https-server.ts';
import { createSteppingClock, type SteppingClock } from './stepping-clock.ts';

export type Answers = Readonly<
  Record<string, (request: SeenRequest, base: string) => ScriptedAnswer | 'cut'>
>;

export interface Ca extends AsyncDisposable {
  readonly server: HttpsServer;
  readonly client: AcmeClient;
  readonly account: AccountHandle;
  readonly clock: SteppingClock;
  readonly url: (path: string) => string;
  /** How often `path` was asked for. */
  readonly count: (path: string) => number;
}

/** Of the account and of nothing else. */
export const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A server with directory and nonces (`nonce-1`, `nonce-2`, …) that gives `answers` by path. */
export async function openCa(answers: Answers, directory: object = {}): Promise<Ca> {
  let nonces = 0;
  const server: HttpsServer = await openHttpsServer((request) => {
    const answer = answers[request.path]?.(request, server.url) ?? defaultAnswer(request);
    if (answer === 'cut') return answer;
    const brings = request.method === 'POST' || request.path === '/nonce';
    const nonce = brings ? { 'replay-nonce': `nonce-${++nonces}` } : {};
    return { ...answer, headers: { ...nonce, ...answer.headers } };
  });
  const defaultAnswer = ({ path }: SeenRequest): ScriptedAnswer => {
    if (path === '/nonce') return {};
    if (path !== '/directory') return { status: 404, body: { type: 'about:blank', detail: 'no' } };
    const url = server.url;
    const known = {
      newNonce: `${url}/nonce`,
      newAccount: `${url}/account`,
      newOrder: `${url}/order`,
    };
    return {
      body: {
        ...known,
        revokeCert: `${url}/revoke`,
        keyChange: `${url}/key-change`,
        renewalInfo: `${url}/ari`,
        ...directory,
      },
    };
  };
  const clock = createSteppingClock();
  const client = openAcmeClient({
    directoryUrl: `${server.url}/directory`,
    caBundle: server.root,
    userAgent: 'certctl/test',
    clock,
  });
  return {
    server,
    client,
    clock,
    account: client.account({ url: `${server.url}/account/1`, privateKey }),
    url: (path) => `${server.url}${path}`,
    count: (path) => server.requests.filter((request) => request.path === path).length,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export function orderBody(base: string, members: object = {}): object {
  return {
    status: 'pending',
    identifiers: [
      { type: 'ip', value: '10.0.0.1' },
      { type: 'dns', value: 'A.example' },
    ],
    authorizations: [`${base}/authorization/1`],
    finalize: `${base}/finalize`,
    ...members,
  };
}

export function problem(status: number, type: string): ScriptedAnswer {
  return { status, body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'because' } };
}

export function headerOf({ body }: SeenRequest): { nonce?: string; kid?: string; url?: string } {
  const { protected: header } = JSON.parse(body) as { protected: string };
  return JSON.parse(Buffer.from(header, 'base64url').toString()) as { nonce?: string };
}

export function payloadOf({ body }: SeenRequest): unknown {
  const { payload } = JSON.parse(body) as { payload: string };
  return payload === '' ? '' : JSON.parse(Buffer.from(payload, 'base64url').toString());
}
