/**
 * An HTTPS proxy in front of a CA that spoils answers as a test decides, request by request.
 *
 * The CA makes its URLs from the Host header, which is passed on as it came: the whole conversation
 * stays on the proxy.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as openRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { createServerCertificate } from './openssl.ts';
import type { Pebble } from './pebble.ts';
import { openTempDir } from './temp-dir.ts';

export type Endpoint =
  | 'directory'
  | 'newNonce'
  | 'newAccount'
  | 'newOrder'
  | 'order'
  | 'authorization'
  | 'challenge'
  | 'finalize'
  | 'certificate'
  | 'renewalInfo'
  | 'other';

export interface ProxiedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** The names of the order that the request is about, joined; empty where it is about none. */
  readonly subject: string;
  /** Counted from 1 per subject and endpoint; a request whose nonce the CA refused does not count. */
  readonly nth: number;
}

/**
 * `before` the CA sees the request; `after` it has answered, in place of the answer; `orphaned`: the
 * CA sees a request whose sender is gone. A cut's `act`, e.g. a kill, comes right before it.
 */
export type CutWhen = 'before' | 'after' | 'orphaned';

export type Fault =
  /** Answers in place of the CA, which never sees the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Closes the connection. */
  | { readonly kind: 'cut'; readonly when: CutWhen; readonly act?: () => unknown }
  /** The CA's own answer, with a nonce that has been used. */
  | { readonly kind: 'stale-nonce' };

/** What becomes of a request; `undefined` leaves it alone. */
export type FaultRule = (request: ProxiedRequest) => Fault | undefined;

export interface ProxiedExchange extends ProxiedRequest {
  /** What was done to it. */
  readonly fault: Fault | undefined;
  /** The status that the CA answered; `undefined` when it was not asked. */
  readonly status: number | undefined;
  readonly isNonceRefused: boolean;
}

export type ProxiedCa = Pick<Pebble, 'directoryUrl' | 'caBundle'>;

export interface FaultProxy extends AsyncDisposable {
  readonly directoryUrl: string;
  /** The path of the PEM file that vouches for the proxy. */
  readonly caBundle: string;
  /** In the order in which the requests came. */
  readonly exchanges: readonly ProxiedExchange[];
  /** The exchanges at one endpoint, narrowed to one subject where it is given. */
  at(endpoint: Endpoint, subject?: string): ProxiedExchange[];
  /** Goes by another rule from now on. */
  spoil(rule: FaultRule): void;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** By Pebble's paths. */
const ENDPOINTS: readonly (readonly [prefix: string, endpoint: Endpoint])[] = [
  ['/dir', 'directory'],
  ['/nonce-plz', 'newNonce'],
  ['/sign-me-up', 'newAccount'],
  ['/order-plz', 'newOrder'],
  ['/my-order/', 'order'],
  ['/authZ/', 'authorization'],
  ['/chalZ/', 'challenge'],
  ['/finalize-order/', 'finalize'],
  ['/certZ/', 'certificate'],
  ['/draft-ietf-acme-ari-03/renewalInfo/', 'renewalInfo'],
];
const IDLE_CONNECTION_MS = 60_000;

export async function openFaultProxy(
  ca: ProxiedCa,
  first: FaultRule = () => undefined,
): Promise<FaultProxy> {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(await openTempDir('certctl-proxy-'));
  const caBundle = directory.file('certificate.pem');
  const keyFile = directory.file('key.pem');
  await createServerCertificate(caBundle, keyFile);
  const behind = new URL(ca.directoryUrl);
  const agent = new Agent({ keepAlive: true, ca: await readFile(ca.caBundle) });
  resources.defer(() => agent.destroy());

  const exchanges: ProxiedExchange[] = [];
  const subjects = new Map<string, string>();
  const counts = new Map<string, number>();
  const usedNonces: string[] = [];
  let rule = first;

  const cert = await readFile(caBundle);
  const server = createServer(
    { cert, key: await readFile(keyFile) },
    (incoming, outgoing) =>
      // A client that was killed, or left, ends its own exchanges in the middle.
      void serve(incoming, outgoing).catch(() => incoming.socket.destroy()),
  );
  // Longer than clients keep theirs: a connection that closes by itself would be a fault of ours.
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const authority = `localhost:${(server.address() as AddressInfo).port}`;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const request = describe(incoming, body);
    const fault = rule(request);
    const note = (status?: number, isNonceRefused = false): void =>
      void exchanges.push({ ...request, fault, status, isNonceRefused });
    if (fault?.kind === 'answer') {
      note();
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (fault?.kind === 'cut' && fault.when === 'before') {
      note();
      await fault.act?.();
      incoming.socket.destroy();
      return;
    }
    if (fault?.kind === 'cut' && fault.when === 'orphaned') await fault.act?.();
    if (fault?.kind === 'delay') await wait(fault.milliseconds);
    const answer = await forward(incoming, body);
    const isNonceRefused = answer.status === 400 && answer.body.includes(':badNonce"');
    note(answer.status, isNonceRefused);
    const nonce = nonceIn(body);
    if (nonce !== undefined) usedNonces.push(nonce);
    if (isNonceRefused) {
      // The same request comes again at once, and meets then what was meant for it.
      counts.set(counterOf(request), request.nth - 1);
    } else {
      learn(request, answer);
      if (fault?.kind === 'cut') {
        if (fault.when === 'after') await fault.act?.();
        incoming.socket.destroy();
        return;
      }
    }
    const { connection: _hop, ...headers } = answer.headers;
    const used = fault?.kind === 'stale-nonce' && !isNonceRefused ? usedNonces.at(-1) : undefined;
    outgoing.writeHead(answer.status, {
      ...headers,
      ...(used === undefined ? {} : { 'replay-nonce': used }),
    });
    outgoing.end(answer.body);
  }

  function describe(incoming: IncomingMessage, body: Buffer): ProxiedRequest {
    const { method = '', url: path = '' } = incoming;
    const endpoint = ENDPOINTS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'other';
    const subject = endpoint === 'newOrder' ? namesIn(body) : (subjects.get(path) ?? '');
    const request = { endpoint, method, path, subject };
    const nth = (counts.get(counterOf(request)) ?? 0) + 1;
    counts.set(counterOf(request), nth);
    return { ...request, nth };
  }

  /** What an answer about an order points to is about this order as well. */
  function learn({ subject }: ProxiedRequest, { headers, body }: Answer): void {
    if (subject === '') return;
    const text = `${headers.location ?? ''} ${body.toString()}`;
    for (const [, path] of text.matchAll(new RegExp(`https://${authority}(/[^"\\s]+)`, 'g'))) {
      if (path !== undefined) subjects.set(path, subject);
    }
  }

  async function forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const { connection: _hop, ...passedOn } = headers;
    const options = { agent, method, path, host: behind.hostname, port: behind.port };
    const asked = openRequest({ ...options, headers: passedOn, servername: 'localhost' });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await buffer(response),
    };
  }

  const held = resources.move();
  return {
    directoryUrl: `https://${authority}${behind.pathname}`,
    caBundle,
    exchanges,
    at: (endpoint, subject) =>
      exchanges.filter(
        (each) => each.endpoint === endpoint && (subject === undefined || each.subject === subject),
      ),
    spoil: (next) => void (rule = next),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function counterOf({ subject, endpoint }: Pick<ProxiedRequest, 'subject' | 'endpoint'>): string {
  return `${endpoint} ${subject}`;
}

interface JsonWebSignature {
  readonly protected: string;
  readonly payload: string;
}

function part(body: Buffer, name: keyof JsonWebSignature): unknown {
  const jws = JSON.parse(body.toString()) as JsonWebSignature;
  return JSON.parse(Buffer.from(jws[name], 'base64url').toString());
}

function namesIn(body: Buffer): string {
  const { identifiers } = part(body, 'payload') as { identifiers: { value: string }[] };
  return identifiers.map(({ value }) => value).join();
}

function nonceIn(body: Buffer): string | undefined {
  if (body.length === 0) return undefined;
  return (part(body, 'protected') as { nonce?: string }).nonce;
}
