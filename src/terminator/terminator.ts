/**
 * The data plane of one process: listeners, connections, and their orderly end.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import { clientNetwork, createNetworkCheck } from '../core/networks.ts';
import type { Feed } from '../feed/feed.ts';
import { proveFips } from '../fips/prove.ts';
import type { Refusal } from '../observe/counts.ts';
import type { Log } from '../observe/log.ts';
import type { SpanRecord } from '../observe/tracing/span.ts';
import { SpanBuffer } from '../observe/tracing/span-buffer.ts';
import { createTracer, type Tracer } from '../observe/tracing/tracer.ts';
import { type ClientConnection, findClientConnection } from './client-connection.ts';
import { type ConnectionParts, serveConnection } from './connection.ts';
import { AccessLog } from './access-log.ts';
import { Contexts } from './contexts.ts';
import { type Counters, createCounters } from './counters.ts';
import { Entries } from './entries.ts';
import { Http1 } from './http1.ts';
import { Http2 } from './http2.ts';
import { type Listener, openListener } from './listener.ts';
import { Observation } from './observation.ts';
import { createForwarding, type Forwarding } from './origin.ts';
import type { Visit } from './visit.ts';
import { passOn } from './pass-on.ts';
import { PlainHttp } from './plain-http.ts';
import { RateLimit } from './rate-limit.ts';
import type { TerminatorReport } from './report.ts';
import type { ListenerSettings, TerminatorSettings } from './settings.ts';
import { takeProxyHeader } from './take-proxy-header.ts';
import type { UnknownNameCount } from './unknown-names.ts';
import { UpstreamPools } from './upstream-pools.ts';
import { Upstreams } from './upstreams.ts';

export interface TerminatorOptions {
  readonly feed: Feed;
  readonly log: Log;
  /** Several processes listen on the same addresses, with sockets of their own. */
  readonly reusePort: boolean;
  /** Sockets that listen already, by the address in the settings. */
  readonly inherited?: ReadonlyMap<string, number>;
  /**
   * Called when the addresses are bound and nothing of a client has been read. What it throws
   * refuses the settings.
   */
  readonly onBound?: () => void;
  readonly clock?: Clock;
}

export interface Terminator {
  /**
   * Opens the listeners that are missing, closes those that are gone, and lets open connections go
   * on. When an address cannot be bound, nothing changes. Calls must not overlap.
   *
   * @throws `listener/in-use`, `listener/not-permitted` or `listener/unavailable`, and
   * `fips/unavailable` when FIPS mode is wanted and this process does not prove it.
   */
  configure(settings: TerminatorSettings): Promise<void>;
  addresses(): ListenerSettings[];
  counters(): Counters;
  /** The same and what is counted for each endpoint, since the start. */
  report(): TerminatorReport;
  /** How often clients asked for names that no endpoint has, since the last time. */
  takeUnknownNames(): UnknownNameCount[];
  /** What was traced since the last time. */
  takeSpans(): SpanRecord[];
  /** Accepts nothing more, lets connections finish, and cuts those that are left at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

export function createTerminator(options: TerminatorOptions): Terminator {
  return new OneProcessTerminator(options);
}

/** What one set of limits made; open connections keep the plane that they began with. */
interface Plane {
  readonly parts: ConnectionParts;
  readonly plainHttp: PlainHttp;
  readonly pools: UpstreamPools;
}

/** What a listener is told about its connections; outlives it, as they do. */
interface Door {
  readonly settings: ListenerSettings;
  readonly isProxy: (address: string) => boolean;
  readonly forwarding?: Forwarding | undefined;
}

class OneProcessTerminator implements Terminator {
  readonly #options: TerminatorOptions;
  readonly #counters = createCounters();
  readonly #accessLog: AccessLog;
  readonly #observation: Observation;
  readonly #connections = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  /** By address: the protocol can change while it stays bound. */
  readonly #listeners = new Map<string, Listener>();
  readonly #doors = new Map<string, Door>();
  readonly #spans = new SpanBuffer();
  #tracer: Tracer | undefined;
  #plane: Plane | undefined;
  #onIdle: () => void = () => {};

  constructor(options: TerminatorOptions) {
    this.#options = options;
    this.#accessLog = new AccessLog(options.log);
    this.#observation = new Observation({
      clock: options.clock ?? systemClock,
      accessLog: this.#accessLog,
      tracer: () => this.#tracer,
    });
  }

  async configure(settings: TerminatorSettings): Promise<void> {
    checkSettings(settings);
    if (settings.isFips === true) await proveFips();
    const opened = await this.#openMissing(settings.listeners);
    for (const [key, listener] of opened) this.#listeners.set(key, listener);
    const wanted = new Map(settings.listeners.map((listener) => [hostPort(listener), listener]));
    for (const [key, listener] of this.#listeners) {
      const { protocol } = wanted.get(key) ?? {};
      if (protocol !== undefined) {
        listener.protocol = protocol;
      } else {
        listener.close();
        this.#listeners.delete(key);
      }
    }
    for (const [key, listener] of wanted) {
      const isProxy = createNetworkCheck(listener.proxyProtocol?.from ?? []);
      const forwarding = listener.forwarded && createForwarding(listener.forwarded);
      this.#doors.set(key, { settings: listener, isProxy, forwarding });
    }
    this.#plane = this.#planeFor(settings);
    this.#trace(settings.tracedPart ?? 0);
    await this.#openAccessLog(settings);
    for (const listener of opened.values()) listener.start();
  }

  addresses(): ListenerSettings[] {
    return [...this.#listeners.values()].map(({ bound, protocol }) => ({ ...bound, protocol }));
  }

  counters(): Counters {
    const upstreamsDown = this.#plane?.parts.upstreams.countDown() ?? 0;
    const { dropped: lostLines } = this.#accessLog;
    return { ...this.#counters, open: this.#connections.size, upstreamsDown, lostLines };
  }

  report(): TerminatorReport {
    return {
      counters: this.counters(),
      rows: this.#observation.rows().map(([endpoint, row]) => [endpoint, [...row]]),
      upstreams: this.#plane?.parts.upstreams.report() ?? [],
    };
  }

  takeSpans(): SpanRecord[] {
    return this.#spans.take();
  }

  takeUnknownNames(): UnknownNameCount[] {
    return this.#observation.unknownNames.take();
  }

  async stop(deadlineMs: number): Promise<void> {
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    // What was accepted until they closed is served, too.
    await setImmediate();
    if (this.#plane !== undefined) drain(this.#plane);
    if (this.#connections.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      const timer = setTimeout(resolve, deadlineMs);
      await promise;
      clearTimeout(timer);
    }
    for (const raw of this.#connections) raw.destroy();
    await this.#plane?.pools.destroy();
    this.#plane?.parts.entries[Symbol.dispose]();
    this.#plane?.parts.upstreams[Symbol.dispose]();
    this.#plane = undefined;
    // The lines of connections that were just cut are not to be lost.
    await setImmediate();
    await this.#accessLog.close();
  }

  async #openMissing(wanted: readonly ListenerSettings[]): Promise<Map<string, Listener>> {
    const opened = new Map<string, Listener>();
    try {
      for (const settings of wanted) {
        const key = hostPort(settings);
        if (this.#listeners.has(key) || opened.has(key)) continue;
        const listener = await openListener(settings, {
          reusePort: this.#options.reusePort,
          descriptor: this.#options.inherited?.get(key),
          onConnection: (raw) => this.#accept(raw, this.#doors.get(key)),
        });
        opened.set(key, listener);
      }
      this.#options.onBound?.();
    } catch (thrown) {
      for (const listener of opened.values()) listener.close();
      throw thrown;
    }
    return opened;
  }

  #planeFor(settings: TerminatorSettings): Plane {
    const before = this.#plane;
    if (before === undefined) return this.#createPlane(settings);
    const { parts } = before;
    if (JSON.stringify(settings.limits) !== JSON.stringify(parts.settings.limits)) {
      drain(before);
      parts.entries[Symbol.dispose]();
      parts.upstreams[Symbol.dispose]();
      return this.#createPlane(settings);
    }
    if (settings.ticketSecrets.join() !== parts.settings.ticketSecrets.join()) {
      parts.contexts.rotate(settings.ticketSecrets);
    }
    return { ...before, parts: { ...parts, settings } };
  }

  #createPlane(settings: TerminatorSettings): Plane {
    const { feed, log, clock = systemClock } = this.#options;
    const { limits } = settings;
    const counters = this.#counters;
    const observation = this.#observation;
    const contexts = new Contexts(limits.contexts, settings.ticketSecrets);
    const upstreams = new Upstreams({ clock, log, limits });
    const pools = new UpstreamPools(upstreams.contexts, limits);
    const entries = new Entries(feed, clock, limits);
    const proxy = { pools, upstreams, counters, observation, log };
    return {
      pools,
      plainHttp: new PlainHttp({
        feed,
        entries,
        proxy,
        log,
        counters,
        observation,
        settings: () => this.#plane?.parts.settings ?? settings,
      }),
      parts: {
        settings,
        feed,
        clock,
        log,
        counters,
        observation,
        handshakes: new RateLimit({
          rate: limits.handshakesPerAddress,
          burst: limits.handshakeBurst,
          addresses: limits.handshakeAddresses,
        }),
        contexts,
        upstreams,
        entries,
        http1: new Http1(proxy, limits),
        http2: new Http2(proxy, limits),
      },
    };
  }

  #accept(raw: Socket, door: Door | undefined): void {
    raw.on('error', () => raw.destroy());
    const plane = this.#plane;
    const peer = findClientConnection(raw);
    // The client may be gone already; its address is then, too.
    if (plane === undefined || door === undefined || peer === undefined) {
      raw.destroy();
    } else if (this.#connections.size >= plane.parts.settings.limits.connections) {
      this.#turnAway(raw, 'connections');
    } else if (door.isProxy(peer.clientAddress)) {
      this.#hold(raw);
      void this.#acceptProxied(raw, peer, door, plane);
    } else {
      this.#admit(raw, peer, door, plane);
    }
  }

  async #acceptProxied(
    raw: Socket,
    peer: ClientConnection,
    door: Door,
    plane: Plane,
  ): Promise<void> {
    const { parts } = plane;
    try {
      const { addresses } = await takeProxyHeader(raw, parts.settings.limits.helloMs);
      if (!raw.destroyed) this.#admit(raw, addresses ?? peer, door, plane);
    } catch (thrown) {
      const { message, context } = toAppError(thrown);
      const { reason } = context;
      raw.destroy();
      if (reason === 'absent') return;
      this.#counters.badProxyHeaders += 1;
      this.#observation.turnAway('proxy-header');
      parts.log.warn({ proxy: peer.clientAddress, reason }, message);
    }
  }

  #admit(raw: Socket, client: ClientConnection, door: Door, plane: Plane): void {
    const { parts } = plane;
    const address = clientNetwork(client.clientAddress);
    const before = this.#perAddress.get(address) ?? 0;
    if (before >= parts.settings.limits.connectionsPerAddress) {
      this.#turnAway(raw, 'connections-per-address');
      return;
    }
    this.#counters.accepted += 1;
    this.#hold(raw);
    this.#perAddress.set(address, before + 1);
    raw.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    const visit = this.#observation.open(raw, client, door.settings);
    const { forwarding } = door;
    if (forwarding?.isProxy(client.clientAddress) === true) visit.forwarding = forwarding;
    const { protocol } = door.settings;
    if (protocol === 'tcp') this.#passOn(raw, visit, door, plane);
    else if (protocol === 'http') plane.plainHttp.accept(raw, visit);
    else void serveConnection(raw, visit, parts, door.settings);
  }

  #passOn(raw: Socket, visit: Visit, { settings }: Door, { parts }: Plane): void {
    const { tcp } = settings;
    const most = tcp?.connections ?? parts.settings.limits.connectionsPerEndpoint;
    if (tcp !== undefined && this.#observation.openConnectionsAt(settings) <= most) {
      void passOn(raw, tcp, { client: visit.client }, visit, parts);
      return;
    }
    this.#counters.turnedAway += 1;
    this.#observation.refuse(visit, 'connections-per-endpoint');
    raw.destroy();
  }

  /** Connections that are traced already go on to be. */
  #trace(sample: number): void {
    this.#tracer =
      sample === 0
        ? undefined
        : createTracer({ sample, random: Math.random, sink: this.#spans.add });
  }

  async #openAccessLog({ accessLog }: TerminatorSettings): Promise<void> {
    try {
      await this.#accessLog.configure(accessLog);
    } catch (thrown) {
      // Clients are worth more than lines about them; the control process has tried the file before.
      this.#options.log.error(
        { err: thrown, path: accessLog?.path },
        'the access log stays as it was',
      );
    }
  }

  #turnAway(raw: Socket, reason: Refusal): void {
    this.#counters.turnedAway += 1;
    this.#observation.turnAway(reason);
    raw.destroy();
  }

  /** Counts the connection as open until it is closed. */
  #hold(raw: Socket): void {
    if (this.#connections.has(raw)) return;
    this.#connections.add(raw);
    raw.once('close', () => {
      this.#connections.delete(raw);
      if (this.#connections.size === 0) this.#onIdle();
    });
  }
}

const TICKET_SECRET_OCTETS = 32;

function checkSettings(settings: TerminatorSettings): void {
  const lengths = settings.ticketSecrets.map((secret) => Buffer.from(secret, 'base64').length);
  if (lengths.length === 0 || lengths.some((length) => length !== TICKET_SECRET_OCTETS)) {
    throw new TypeError(`each ticket secret must have ${TICKET_SECRET_OCTETS} octets`);
  }
  const addresses = settings.listeners.map(hostPort);
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined) {
    throw new AppError('listener/in-use', `${twice} is wanted by two listeners`, {
      mend: 'Remove one of the two listeners from the configuration.',
    });
  }
}

function drain({ parts, plainHttp }: Plane): void {
  parts.http1.drain();
  parts.http2.drain();
  plainHttp.drain();
}
