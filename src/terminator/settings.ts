/**
 * What a terminator is told from outside besides the feed.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { UpstreamGroup } from '../feed/upstream.ts';
import type { AccessLogSettings } from './access-log.ts';

export interface ListenerSettings {
  /** An IP address of this machine, or the unspecified one. */
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tls' | 'http' | 'tcp';
  /** The name of its own policy, under which endpoints have it in `terminateAt`. */
  readonly policy?: string;
  /** What it has instead of the setting for all. */
  readonly noServerName?: 'refuse' | Name;
  /** Where the connections of a `tcp` listener go; absent for the others. */
  readonly tcp?: UpstreamGroup;
  /** Addresses and networks of the proxies whose connections begin with a PROXY protocol header. */
  readonly proxyProtocol?: { readonly from: readonly string[] };
  /** Proxies that are believed what they say of the requests that they pass on. */
  readonly forwarded?: ForwardedSettings;
}

export const FORWARDED_FIELDS = [
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'Forwarded',
] as const;
export type ForwardedField = (typeof FORWARDED_FIELDS)[number];

export interface ForwardedSettings {
  /** Addresses and networks. */
  readonly from: readonly string[];
  /** Those that the proxies set themselves; whatever else they pass on is the client's word. */
  readonly fields: readonly ForwardedField[];
}

export interface TerminatorSettings {
  readonly listeners: readonly ListenerSettings[];
  /** For clients that send no server name: `refuse`, or the name they are taken to mean. */
  readonly noServerName: 'refuse' | Name;
  readonly limits: TerminatorLimits;
  /**
   * Each 32 random octets in base64, the same for all workers: session tickets are sealed with the
   * first, and opened with all.
   */
  readonly ticketSecrets: readonly string[];
  /** The port that redirects from plain HTTP name. */
  readonly httpsPort: number;
  /** The process has to prove FIPS mode before it serves. */
  readonly isFips?: boolean;
  /** The part of connections that is traced, from 0 to 1. Absent: none. */
  readonly tracedPart?: number;
  /** Absent: none is written. */
  readonly accessLog?: AccessLogSettings;
}

/** Every member is a positive integer. */
export interface TerminatorLimits {
  readonly connections: number;
  /** An address is a whole /64 of IPv6, here and below. */
  readonly connectionsPerAddress: number;
  /** Endpoints may have a number of their own. */
  readonly connectionsPerEndpoint: number;
  /** Handshakes that an address may begin a second, and at once after a pause. */
  readonly handshakesPerAddress: number;
  readonly handshakeBurst: number;
  /** Addresses whose handshakes are counted. */
  readonly handshakeAddresses: number;
  /** The longest ClientHello, and how long it may take to arrive. */
  readonly helloBytes: number;
  readonly helloMs: number;
  readonly handshakeMs: number;
  /** Clients that wait at a time, for as long, until a certificate is made for them. */
  readonly waitingHandshakes: number;
  /** The longest silence on a relayed connection. */
  readonly idleMs: number;
  /** The same when one side has ended its half. */
  readonly halfOpenMs: number;
  /** The longest wait for an upstream to accept a connection, and to begin a response. */
  readonly connectMs: number;
  readonly responseMs: number;
  readonly requestHeadersMs: number;
  /** The longest wait for an HTTP/2 client to take data that is ready for it. */
  readonly stallMs: number;
  /** How long an HTTP connection may stay open between requests. */
  readonly keepAliveMs: number;
  /** Header octets of one HTTP request. */
  readonly headerBytes: number;
  /** Requests at a time on one HTTP/2 connection. */
  readonly streams: number;
  /** Connections to one HTTP upstream. */
  readonly upstreamConnections: number;
  readonly lookupMs: number;
  /** How long connections may go on when certctl stops, and in a worker that another one replaces. */
  readonly drainMs: number;
  readonly retireMs: number;
  /** How long a worker serves whose control process is gone. */
  readonly orphanMs: number;
  /** How many feed entries, unknown names and TLS contexts are kept. */
  readonly entries: number;
  readonly unknownNames: number;
  readonly unknownNameMs: number;
  readonly contexts: number;
}

export const DEFAULT_LIMITS: TerminatorLimits = {
  connections: 20_000,
  connectionsPerAddress: 20_000,
  connectionsPerEndpoint: 20_000,
  handshakesPerAddress: 10_000,
  handshakeBurst: 20_000,
  handshakeAddresses: 10_000,
  helloBytes: 16_384,
  helloMs: 10_000,
  handshakeMs: 20_000,
  waitingHandshakes: 1_000,
  idleMs: 3_600_000,
  halfOpenMs: 60_000,
  connectMs: 10_000,
  responseMs: 120_000,
  requestHeadersMs: 20_000,
  stallMs: 60_000,
  keepAliveMs: 60_000,
  headerBytes: 16_384,
  streams: 100,
  upstreamConnections: 256,
  lookupMs: 5_000,
  drainMs: 30_000,
  retireMs: 3_600_000,
  orphanMs: 600_000,
  entries: 10_000,
  unknownNames: 10_000,
  unknownNameMs: 30_000,
  contexts: 1_000,
};
