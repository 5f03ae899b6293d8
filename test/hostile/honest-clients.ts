/**
 * Clients of the best intentions, who say how they are served while others attack.
 *
 * @module
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { connectTls, echo } from '../support/tls-client.ts';
import { ADDRESS, type Target } from './attack.ts';

export interface HonestReport {
  readonly served: number;
  readonly failures: readonly string[];
  /** Milliseconds, from the connection's begin to the whole answer. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

export interface HonestClients {
  stop(): Promise<HonestReport>;
}

type Visit = (target: Target, roots: string, signal: AbortSignal) => Promise<void>;

/** One of each kind, with a fresh connection each time and a short pause between. */
export function startHonestClients(
  target: Target,
  roots: string,
  during: () => string,
): HonestClients {
  const times: number[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();
  const clients = Object.entries(VISITS).map(async ([kind, visit]) => {
    while (!stopping.signal.aborted) {
      const begin = performance.now();
      try {
        await visit(target, roots, AbortSignal.timeout(PATIENCE_MS));
        times.push(performance.now() - begin);
      } catch (thrown) {
        failures.push(`${kind} during "${during()}": ${String(thrown)}`);
      }
      await wait(PAUSE_MS);
    }
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(clients);
      const sorted = times.toSorted((left, right) => left - right);
      const at = (share: number): number =>
        Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
      return {
        served: times.length,
        failures,
        median: at(0.5),
        p99: at(0.99),
        longest: Math.round(sorted.at(-1) ?? 0),
      };
    },
  };
}

const PAUSE_MS = 20;
const PATIENCE_MS = 10_000;

const VISITS: Readonly<Record<string, Visit>> = {
  stream: async ({ tlsPort: port, streamName: host }, roots, signal) => {
    const socket = await within(connectTls({ port, host, roots }), signal);
    socket.on('error', () => {});
    await within(echo(socket, 'honest'), signal);
    socket.destroy();
  },
  'HTTP/1.1': async ({ tlsPort: port, webName: servername }, ca, signal) => {
    const request = requestHttps({
      host: ADDRESS,
      port,
      servername,
      ca,
      signal,
      agent: false,
      headers: { host: servername },
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expectHello(response.statusCode, await text(response));
  },
  'HTTP/2': async ({ tlsPort, webName: servername }, ca, signal) => {
    const session = connectHttp2(`https://${ADDRESS}:${tlsPort}`, { servername, ca });
    try {
      session.on('error', () => {});
      const stream = session.request({ ':path': '/', ':authority': servername }, { signal });
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      expectHello(headers[':status'], await text(stream));
    } finally {
      session.destroy();
    }
  },
};

function expectHello(status: unknown, body: string): void {
  if (status !== 200 || body !== HELLO) throw new Error(`the answer is ${String(status)} ${body}`);
}

/** What the web upstream says at /. */
export const HELLO = 'hello';

function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return Promise.race([promise, late]);
}
