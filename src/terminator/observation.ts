/**
 * What is known of connections while they last, and what is counted and written down of them.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { hostPort } from '../core/host-port.ts';
import type { Endpoint } from '../feed/feed.ts';
import {
  add,
  createRow,
  GROUPS,
  OFFSETS,
  observeTime,
  type Refusal,
  REFUSALS,
  type Row,
} from '../observe/counts.ts';
import type { Tracer } from '../observe/tracing/tracer.ts';
import type { AccessLog } from './access-log.ts';
import { connectionLine, requestLine } from './access-line.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Answered, Tally, Visit } from './visit.ts';
import type { ListenerSettings } from './settings.ts';
import type { TlsFacts } from './tls-facts.ts';
import { UnknownNames } from './unknown-names.ts';

export interface ObservationOptions {
  readonly clock: Clock;
  readonly accessLog: AccessLog;
  /** Absent while no connections are traced. */
  readonly tracer: () => Tracer | undefined;
}

export class Observation {
  readonly #options: ObservationOptions;
  readonly #tallies = new Map<string, Tally>();
  readonly #rows = new Map<string, Row>();
  /** Spares the name of an endpoint that was met before. */
  readonly #known = new WeakMap<Endpoint, Tally>();
  readonly #visits = new Map<Socket, Visit>();
  readonly unknownNames = new UnknownNames();
  readonly #nobody = this.#tallyNamed(NO_ENDPOINT);

  constructor(options: ObservationOptions) {
    this.#options = options;
  }

  /** To be called once a connection; it is over when the socket is closed. */
  open(raw: Socket, client: ClientConnection, listener: ListenerSettings): Visit {
    const { protocol } = listener;
    const name = hostPort(listener);
    const visit: Visit = {
      client,
      listener: name,
      protocol,
      startedAt: performance.now(),
      tally: protocol === 'tcp' ? this.#tallyNamed(`tcp://${name}`) : this.#nobody,
      hasRequests: false,
      span: this.#options
        .tracer()
        ?.start(
          'connection',
          { 'client.address': client.clientAddress, 'server.address': name },
          { kind: 'server' },
        ),
    };
    const { row } = visit.tally;
    visit.tally.open += 1;
    add(row, OFFSETS.open, 1);
    add(row, OFFSETS.connections, 1);
    this.#visits.set(raw, visit);
    raw.once('close', () => this.#close(raw, visit));
    return visit;
  }

  /** The connection turns out to be for this endpoint. */
  assign(visit: Visit, endpoint: Endpoint): void {
    const before = visit.tally;
    const tally = this.tallyOf(endpoint);
    visit.tally = tally;
    before.open -= 1;
    tally.open += 1;
    for (const slot of [OFFSETS.open, OFFSETS.connections]) {
      add(before.row, slot, -1);
      add(tally.row, slot, 1);
    }
  }

  openConnectionsOf(endpoint: Endpoint): number {
    return this.tallyOf(endpoint).open;
  }

  openConnectionsAt(listener: ListenerSettings): number {
    return this.#tallyNamed(`tcp://${hostPort(listener)}`).open;
  }

  tallyOf(endpoint: Endpoint | undefined): Tally {
    if (endpoint === undefined) return this.#nobody;
    const known = this.#known.get(endpoint);
    if (known !== undefined) return known;
    const tally = this.#tallyNamed(endpoint.host);
    this.#known.set(endpoint, tally);
    return tally;
  }

  /** A connection that never got as far as a visit. */
  turnAway(refusal: Refusal): void {
    count(this.#nobody, refusal);
  }

  /** The first reason is the one that counts. */
  refuse(visit: Visit, refusal: Refusal): void {
    if (visit.refusal !== undefined) return;
    visit.refusal = refusal;
    count(visit.tally, refusal);
  }

  secured(visit: Visit, facts: TlsFacts, milliseconds: number): void {
    visit.tls = facts;
    const { row } = visit.tally;
    const { version, group, protocol, isResumed } = facts;
    add(row, OFFSETS.handshakes + (version === '1.3' ? 2 : version === '1.2' ? 1 : 0), 1);
    add(row, OFFSETS.groups + GROUPS.indexOf(group), 1);
    add(row, OFFSETS.protocols + protocolSlot(protocol), 1);
    add(row, OFFSETS.sessions + (isResumed ? 1 : 0), 1);
    observeTime(row, 'handshakeTime', milliseconds);
    visit.span?.step('handshake', performance.now() - milliseconds, {
      'tls.protocol.version': version,
      'tls.curve': group,
      'tls.next_protocol': protocol ?? '',
      'tls.resumed': isResumed,
    });
  }

  lookedUp(visit: Visit, milliseconds: number | undefined): void {
    const { row } = visit.tally;
    add(row, OFFSETS.lookups + (milliseconds === undefined ? 0 : 1), 1);
    if (milliseconds !== undefined) observeTime(row, 'lookupTime', milliseconds);
    visit.span?.step('lookup', performance.now() - (milliseconds ?? 0), {
      'certctl.cached': milliseconds === undefined,
    });
  }

  foundContext(visit: Visit, isHit: boolean): void {
    add(visit.tally.row, OFFSETS.contexts + (isHit ? 0 : 1), 1);
  }

  answered(request: Answered, startedAt: number): void {
    const { status, connection } = request;
    const milliseconds = performance.now() - startedAt;
    const { row } = connection.tally;
    const statusClass = Math.floor(status / 100);
    add(row, OFFSETS.requests + (statusClass >= 1 && statusClass <= 5 ? statusClass - 1 : 5), 1);
    observeTime(row, 'requestTime', milliseconds);
    request.span?.end({
      'http.request.method': request.method,
      'http.response.status_code': status,
      'certctl.complete': request.isComplete,
    });
    const { accessLog, clock } = this.#options;
    if (!accessLog.isOpen) return;
    const isFailure = status >= 500 || status === 0 || !request.isComplete;
    if (!accessLog.wants(isFailure)) return;
    accessLog.write(requestLine(request, milliseconds, clock.now(), accessLog.hasQuery));
  }

  countUpstreamFailure(tally: Tally): void {
    count(tally, 'upstream');
  }

  /** A copy, with the octets of connections that are still open. */
  rows(): [endpoint: string, row: Row][] {
    const rows = new Map([...this.#rows].map(([endpoint, row]) => [endpoint, row.slice()]));
    for (const [raw, { tally }] of this.#visits) {
      const row = rows.get(tally.endpoint);
      if (row !== undefined) countBytes(row, raw);
    }
    return [...rows].filter(([, row]) => row.some((value) => value !== 0));
  }

  #close(raw: Socket, visit: Visit): void {
    this.#visits.delete(raw);
    const { row } = visit.tally;
    visit.tally.open -= 1;
    add(row, OFFSETS.open, -1);
    countBytes(row, raw);
    endSpan(visit, raw);
    if (visit.hasRequests && visit.refusal === undefined) return;
    const { accessLog, clock } = this.#options;
    // Who only looks whether the port is open, as load balancers do, has not failed.
    if (!accessLog.wants(visit.refusal !== undefined && visit.refusal !== 'hello-left')) return;
    const milliseconds = performance.now() - visit.startedAt;
    accessLog.write(
      connectionLine(visit, {
        milliseconds,
        now: clock.now(),
        bytesIn: raw.bytesRead,
        bytesOut: raw.bytesWritten,
      }),
    );
  }

  /**
   * Endpoints come from the configuration. Those beyond what a report can hold are counted as one,
   * but each has its own number of open connections: their limits have nothing to do with each other.
   */
  #tallyNamed(name: string): Tally {
    const known = this.#tallies.get(name);
    if (known !== undefined) return known;
    const endpoint = this.#rows.size < MOST_ROWS ? name : OTHER_ENDPOINTS;
    const row = this.#rows.get(endpoint) ?? createRow();
    this.#rows.set(endpoint, row);
    const tally = { endpoint, row, open: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }
}

const NO_ENDPOINT = '';
const OTHER_ENDPOINTS = '(others)';
const MOST_ROWS = 1_000;
/** In the order of the family. */
const PROTOCOL_SLOTS = ['h2', 'http/1.1'];

function protocolSlot(protocol: string | undefined): number {
  if (protocol === undefined) return PROTOCOL_SLOTS.length + 1;
  const slot = PROTOCOL_SLOTS.indexOf(protocol);
  return slot === -1 ? PROTOCOL_SLOTS.length : slot;
}

function count({ row }: Tally, refusal: Refusal): void {
  add(row, OFFSETS.refused + REFUSALS.indexOf(refusal), 1);
}

function endSpan({ span, relayedAt, refusal, serverName, tally }: Visit, raw: Socket): void {
  if (span === undefined) return;
  if (relayedAt !== undefined) span.step('relay', relayedAt);
  const facts = {
    'certctl.endpoint': tally.endpoint,
    'certctl.bytes.in': raw.bytesRead,
    'certctl.bytes.out': raw.bytesWritten,
    ...(serverName === undefined ? {} : { 'tls.client.server_name': serverName }),
  };
  if (refusal === undefined) span.end(facts);
  else span.end({ ...facts, 'error.type': refusal }, refusal);
}

function countBytes(row: Row, raw: Socket): void {
  add(row, OFFSETS.bytes, raw.bytesRead);
  add(row, OFFSETS.bytes + 1, raw.bytesWritten);
}
