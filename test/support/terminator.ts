/**
 * A terminator on free loopback ports with a feed that the test sets, and the clients to try it with.
 *
 * @module
 */
import type { Clock } from '../../src/core/clock.ts';
import { parseName } from '../../src/core/names.ts';
import type { Credential, Endpoint, TlsPolicy } from '../../src/feed/feed.ts';
import { TLS_PRESETS } from '../../src/feed/tls-presets.ts';
import type { UpstreamGroup } from '../../src/feed/upstream.ts';
import type { Log } from '../../src/observe/log.ts';
import type { AccessLogSettings } from '../../src/terminator/access-log.ts';
import {
  DEFAULT_LIMITS,
  type ForwardedSettings,
  type ListenerSettings,
  type TerminatorLimits,
  type TerminatorSettings,
} from '../../src/terminator/settings.ts';
import { createTerminator, type Terminator } from '../../src/terminator/terminator.ts';
import { createMemoryFeed, type MemoryFeed } from './memory-feed.ts';
import { type ProgramResult, runProgram } from './program.ts';

export const HOST = '127.0.0.1';

export const ANY_TLS: TlsPolicy = { ...TLS_PRESETS.intermediate, alpn: [] };
export const WEB: TlsPolicy = { ...ANY_TLS, alpn: ['h2', 'http/1.1'] };

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface RunningTerminator extends AsyncDisposable {
  readonly terminator: Terminator;
  readonly feed: MemoryFeed;
  readonly tlsPort: number;
  readonly httpPort: number;
  /** On 127.0.0.3. */
  readonly tcpPort: number;
  readonly settings: TerminatorSettings;
  /** Puts an endpoint into the feed. */
  serve(host: string, upstreamPort: number, options: ServeOptions): void;
}

export interface ServeOptions {
  readonly protocol: Endpoint['protocol'];
  readonly terminate?: TlsPolicy;
  readonly terminateAt?: Readonly<Record<string, TlsPolicy>>;
  readonly credentials?: readonly Credential[] | 'pending';
}

export async function startTerminator(
  options: {
    readonly limits?: Partial<TerminatorLimits>;
    readonly noServerName?: string;
    readonly clock?: Clock;
    /** What the TLS listener has of its own. */
    readonly listener?: Partial<ListenerSettings>;
    /** Networks that send PROXY headers, to every listener. */
    readonly proxies?: readonly string[];
    /** HTTP proxies that are believed, at the listeners for HTTP. */
    readonly forwarded?: ForwardedSettings;
    /** Opens a port of its own for these upstreams. */
    readonly tcp?: UpstreamGroup;
    readonly accessLog?: AccessLogSettings;
    /** The part of connections that is traced. */
    readonly tracedPart?: number;
  } = {},
): Promise<RunningTerminator> {
  const { proxies, forwarded, tcp } = options;
  const door = proxies === undefined ? {} : { proxyProtocol: { from: proxies } };
  const web = { ...door, ...(forwarded === undefined ? {} : { forwarded }) };
  const feed = createMemoryFeed();
  const terminator = createTerminator({
    feed,
    log: SILENT,
    reusePort: false,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const settings: TerminatorSettings = {
    listeners: [
      { address: HOST, port: 0, protocol: 'tls', ...web, ...options.listener },
      { address: '127.0.0.2', port: 0, protocol: 'http', ...web },
      ...(tcp === undefined
        ? []
        : [{ address: '127.0.0.3', port: 0, protocol: 'tcp', tcp, ...door } as const]),
    ],
    noServerName: options.noServerName === undefined ? 'refuse' : parseName(options.noServerName),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    ticketSecrets: [Buffer.alloc(32, 1).toString('base64')],
    httpsPort: 443,
    ...(options.accessLog === undefined ? {} : { accessLog: options.accessLog }),
    ...(options.tracedPart === undefined ? {} : { tracedPart: options.tracedPart }),
  };
  await terminator.configure(settings);
  const portOf = (protocol: string): number =>
    terminator.addresses().find((listener) => listener.protocol === protocol)?.port ?? 0;
  return {
    terminator,
    feed,
    settings,
    tlsPort: portOf('tls'),
    httpPort: portOf('http'),
    tcpPort: portOf('tcp'),
    serve: (host, port, { protocol, terminate, terminateAt, credentials }) => {
      const scheme = protocol === 'tls' ? 'tcp' : 'http';
      const upstreams = [{ scheme, target: { host: HOST, port } }] as const;
      const policy = {
        ...(terminate === undefined ? {} : { terminate }),
        ...(terminateAt === undefined ? {} : { terminateAt }),
      };
      const endpoint = { host: parseName(host), protocol, upstreams, ...policy };
      if (credentials === 'pending') feed.putPending(endpoint);
      else feed.put(endpoint, credentials);
    },
    [Symbol.asyncDispose]: () => terminator.stop(0),
  };
}

/** `openssl s_client` that sends `input` and ends its side. */
export function sClient(port: number, args: readonly string[], input = ''): Promise<ProgramResult> {
  const all = ['s_client', '-connect', `${HOST}:${port}`, '-ign_eof', ...args];
  return runProgram('openssl', all, { input, timeoutMs: 10_000 });
}

/** `curl` for `https://HOST/PATH` on the terminator's port, whatever name the URL has. */
export function curl(
  port: number,
  url: string,
  args: readonly string[] = [],
): Promise<ProgramResult> {
  const all = ['-sk', '-m', '15', '--connect-to', `::${HOST}:${port}`, ...args, url];
  return runProgram('curl', all, { timeoutMs: 20_000 });
}
