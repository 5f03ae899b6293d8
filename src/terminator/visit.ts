/**
 * A connection and a request as what observes them sees them.
 *
 * @module
 */
import type { Upstream } from '../feed/upstream.ts';
import type { Refusal, Row } from '../observe/counts.ts';
import type { Span } from '../observe/tracing/span.ts';
import type { ClientConnection } from './client-connection.ts';
import type { FlatHeaders } from './flat-headers.ts';
import type { Forwarding, Origin } from './origin.ts';
import type { ListenerSettings } from './settings.ts';
import type { TlsFacts } from './tls-facts.ts';

/** One endpoint, or what belongs to none. */
export interface Tally {
  /** Under which it is counted: many endpoints share one name. */
  readonly endpoint: string;
  readonly row: Row;
  /** Connections that are open, of this endpoint alone. */
  open: number;
}

/** A connection from its first moment to its last. */
export interface Visit {
  readonly client: ClientConnection;
  readonly listener: string;
  readonly protocol: ListenerSettings['protocol'];
  /** On the clock of the process, which only grows. */
  readonly startedAt: number;
  tally: Tally;
  serverName?: string | undefined;
  tls?: TlsFacts;
  refusal?: Refusal;
  /** Where the other end is a proxy that is believed what it says of clients. */
  forwarding?: Forwarding;
  /** Its requests are written down, and not itself. */
  hasRequests: boolean;
  upstream?: Upstream;
  /** Where the connection is traced. */
  readonly span?: Span | undefined;
  /** Since when its bytes go to the upstream and back, as `startedAt`. */
  relayedAt?: number;
}

/** A request that is over: what an exchange says of itself. */
export interface Answered {
  readonly connection: { readonly visit: Visit; readonly tally: Tally };
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly version: string;
  /** 0 when the client left before there was one. */
  readonly status: number;
  /** Of the body. */
  readonly bytesOut: number;
  readonly isComplete: boolean;
  readonly headers: FlatHeaders;
  readonly origin: Origin;
  readonly upstream?: Upstream | undefined;
  readonly requestId?: string | undefined;
  readonly span?: Span | undefined;
}
