/**
 * One connection of a TLS listener, from its ClientHello to the upstream.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { toAppError } from '../core/errors.ts';
import { clientNetwork } from '../core/networks.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../observe/log.ts';
import type { Refusal } from '../observe/counts.ts';
import { type AlertDescription, fatalAlert } from '../wire/alert.ts';
import type { ClientHello } from '../wire/client-hello.ts';
import { answerAcme } from './answer-acme.ts';
import type { Contexts } from './contexts.ts';
import type { Counters } from './counters.ts';
import type { Entries } from './entries.ts';
import type { Http1 } from './http1.ts';
import type { Http2 } from './http2.ts';
import type { Observation } from './observation.ts';
import type { Visit } from './visit.ts';
import { passOn } from './pass-on.ts';
import { peekHello } from './peek-hello.ts';
import type { RateLimit } from './rate-limit.ts';
import { decideDestination, decideRoute, type Route, type TerminatingRoute } from './routing.ts';
import { openSecureSocket } from './secure-socket.ts';
import type { ListenerSettings, TerminatorSettings } from './settings.ts';
import { waitForIssuance } from './wait-for-issuance.ts';
import type { Upstreams } from './upstreams.ts';

export interface ConnectionParts {
  readonly settings: TerminatorSettings;
  readonly feed: Feed;
  readonly entries: Entries;
  readonly contexts: Contexts;
  readonly upstreams: Upstreams;
  readonly http1: Http1;
  readonly http2: Http2;
  readonly counters: Counters;
  readonly observation: Observation;
  readonly handshakes: RateLimit;
  readonly clock: Clock;
  readonly log: Log;
}

/** Never rejects: whatever goes wrong ends this connection only. */
export async function serveConnection(
  raw: Socket,
  visit: Visit,
  parts: ConnectionParts,
  listener: ListenerSettings,
): Promise<void> {
  try {
    await serve(raw, visit, parts, listener);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'peer/client-hello') {
      parts.counters.badHellos += 1;
      parts.log.debug({ reason: error.context['reason'] }, 'a client sent no valid ClientHello');
      refuse(raw, 'decode_error', 'hello-malformed', visit, parts);
      return;
    }
    parts.log.warn({ err: error }, 'a connection could not be served');
    refuse(raw, 'internal_error', 'internal', visit, parts);
  }
}

async function serve(
  raw: Socket,
  visit: Visit,
  parts: ConnectionParts,
  listener: ListenerSettings,
): Promise<void> {
  const { settings, counters, observation } = parts;
  const { client } = visit;
  const hello = await peekHello(raw, settings.limits);
  if (typeof hello === 'string') {
    counters.badHellos += 1;
    observation.refuse(visit, hello);
    return;
  }
  visit.serverName = hello.serverName;
  visit.span?.step('peek', visit.startedAt);
  const helloAt = performance.now();
  const destination = decideDestination(hello, { ...settings, ...listener });
  if (destination.action === 'refuse') {
    refuse(raw, destination.alert, 'no-server-name', visit, parts);
    return;
  }
  if (destination.action === 'answer-acme') {
    const isAnswered = await answerAcme(raw, destination.serverName, parts.feed, settings.limits);
    if (isAnswered) counters.acmeAnswers += 1;
    else refuse(raw, 'unrecognized_name', 'no-challenge-answer', visit, parts);
    return;
  }
  if (!parts.handshakes.take(clientNetwork(client.clientAddress), helloAt)) {
    // Without an alert: whoever comes too often gets as little as possible.
    counters.turnedAway += 1;
    observation.refuse(visit, 'handshake-rate');
    raw.destroy();
    return;
  }
  // A name that is known needs no turn of the event loop.
  const found = parts.entries.find(destination.name, client);
  const isCold = found instanceof Promise;
  const known = isCold ? await found : found;
  const lookupMs = isCold ? performance.now() - helloAt : undefined;
  const entry =
    known?.isPending === true ? await waitForIssuance(raw, destination.name, client, parts) : known;
  if (raw.destroyed) return;
  if (entry !== undefined) observation.assign(visit, entry.endpoint);
  else if (hello.serverName !== undefined) observation.unknownNames.note(hello.serverName);
  observation.lookedUp(visit, lookupMs);
  const now = parts.clock.now().getTime();
  const route = decideRoute(destination.name, hello, entry, now, listener);
  if (route.action === 'refuse') {
    refuse(raw, route.alert, reasonOf(route), visit, parts);
    return;
  }
  const most = route.endpoint.connections ?? settings.limits.connectionsPerEndpoint;
  if (observation.openConnectionsOf(route.endpoint) > most) {
    counters.turnedAway += 1;
    refuse(raw, 'internal_error', 'connections-per-endpoint', visit, parts);
    return;
  }
  switch (route.action) {
    case 'pass-through': {
      counters.passedThrough += 1;
      await passOn(raw, route.endpoint, { client, serverName: hello.serverName }, visit, parts);
      return;
    }
    case 'terminate':
      await terminate(raw, visit, route, { ...hello, at: helloAt }, parts);
  }
}

async function terminate(
  raw: Socket,
  visit: Visit,
  route: TerminatingRoute,
  hello: Pick<ClientHello, 'serverName' | 'sessionTickets'> & { readonly at: number },
  parts: ConnectionParts,
): Promise<void> {
  const { counters, settings, observation } = parts;
  const { client, tally } = visit;
  const { limits } = settings;
  const { endpoint, name, protocol } = route;
  const { misses } = parts.contexts;
  const secureContext = parts.contexts.find(route.credential, route.policy, hello.sessionTickets);
  observation.foundContext(visit, misses === parts.contexts.misses);
  const secured = await openSecureSocket(raw, {
    secureContext,
    protocol,
    serverName: hello.serverName,
    clientCertificates: route.policy.clientCertificates,
    now: parts.clock.now().getTime(),
    timeoutMs: limits.handshakeMs,
    onSecure: ({ socket, facts }) => {
      observation.secured(visit, facts, performance.now() - hello.at);
      if (endpoint.protocol !== 'https') return;
      visit.hasRequests = true;
      const connection = { name, endpoint, tls: facts, visit, tally };
      if (facts.protocol === 'h2') parts.http2.accept(socket, raw, connection);
      else parts.http1.accept(socket, connection);
    },
  });
  if (typeof secured === 'string') {
    counters.failedHandshakes += 1;
    observation.refuse(visit, secured);
    return;
  }
  counters.handshakes += 1;
  if (secured.facts.isResumed) counters.resumedHandshakes += 1;
  if (endpoint.protocol === 'https') return;
  await passOn(
    secured.socket,
    endpoint,
    { client, serverName: hello.serverName, tls: secured.facts },
    visit,
    parts,
  );
}

/** An alert, and then the end without waiting for the client's own. */
function refuse(
  raw: Socket,
  alert: AlertDescription,
  reason: Refusal,
  visit: Visit,
  parts: ConnectionParts,
): void {
  if (raw.destroyed) return;
  parts.counters.refused += 1;
  parts.observation.refuse(visit, reason);
  parts.log.debug({ alert, reason }, 'a connection was refused');
  // Unread bytes would turn the close into a reset, which could overtake the alert.
  raw.resume();
  raw.setTimeout(REFUSAL_MS, () => raw.destroy());
  raw.end(fatalAlert(alert), () => setTimeout(() => raw.destroy(), REFUSAL_GRACE_MS).unref());
}

function reasonOf({ alert }: Extract<Route, { action: 'refuse' }>): Refusal {
  if (alert === 'no_application_protocol') return 'no-protocol';
  return alert === 'unrecognized_name' ? 'unknown-name' : 'no-certificate';
}

const REFUSAL_MS = 1_000;
const REFUSAL_GRACE_MS = 100;
