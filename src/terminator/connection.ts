/**
 * One connection of a TLS listener, from its ClientHello to the upstream.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { toAppError } from '../core/errors.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../observe/log.ts';
import { type AlertDescription, fatalAlert } from '../wire/alert.ts';
import type { ClientHello } from '../wire/client-hello.ts';
import { answerAcme } from './answer-acme.ts';
import type { Contexts } from './contexts.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Counters } from './counters.ts';
import type { Entries } from './entries.ts';
import type { Http1 } from './http1.ts';
import type { Http2 } from './http2.ts';
import { passOn } from './pass-on.ts';
import { peekHello } from './peek-hello.ts';
import { decideDestination, decideRoute, type TerminatingRoute } from './routing.ts';
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
  readonly clock: Clock;
  readonly log: Log;
}

/** Never rejects: whatever goes wrong ends this connection only. */
export async function serveConnection(
  raw: Socket,
  client: ClientConnection,
  parts: ConnectionParts,
  listener: ListenerSettings,
): Promise<void> {
  try {
    await serve(raw, client, parts, listener);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'peer/client-hello') {
      parts.counters.badHellos += 1;
      parts.log.debug({ reason: error.context['reason'] }, 'a client sent no valid ClientHello');
      refuse(raw, 'decode_error', parts);
      return;
    }
    parts.log.warn({ err: error }, 'a connection could not be served');
    refuse(raw, 'internal_error', parts);
  }
}

async function serve(
  raw: Socket,
  client: ClientConnection,
  parts: ConnectionParts,
  listener: ListenerSettings,
): Promise<void> {
  const { settings, counters } = parts;
  const hello = await peekHello(raw, settings.limits);
  if (hello === undefined) {
    counters.badHellos += 1;
    return;
  }
  const destination = decideDestination(hello, { ...settings, ...listener });
  if (destination.action === 'refuse') {
    refuse(raw, destination.alert, parts);
    return;
  }
  if (destination.action === 'answer-acme') {
    const isAnswered = await answerAcme(raw, destination.serverName, parts.feed, settings.limits);
    if (isAnswered) counters.acmeAnswers += 1;
    else refuse(raw, 'unrecognized_name', parts);
    return;
  }
  // A name that is known needs no turn of the event loop.
  const found = parts.entries.find(destination.name, client);
  const known = found instanceof Promise ? await found : found;
  const entry =
    known?.isPending === true ? await waitForIssuance(raw, destination.name, client, parts) : known;
  if (raw.destroyed) return;
  const now = parts.clock.now().getTime();
  const route = decideRoute(destination.name, hello, entry, now, listener);
  switch (route.action) {
    case 'refuse':
      refuse(raw, route.alert, parts);
      return;
    case 'pass-through': {
      counters.passedThrough += 1;
      await passOn(raw, route.endpoint, { client, serverName: hello.serverName }, parts);
      return;
    }
    case 'terminate':
      await terminate(raw, client, route, hello, parts);
  }
}

async function terminate(
  raw: Socket,
  client: ClientConnection,
  route: TerminatingRoute,
  hello: Pick<ClientHello, 'serverName' | 'sessionTickets'>,
  parts: ConnectionParts,
): Promise<void> {
  const { counters, settings } = parts;
  const { limits } = settings;
  const { endpoint, name, protocol } = route;
  const { clientAddress } = client;
  const secureContext = parts.contexts.find(route.credential, route.policy, hello.sessionTickets);
  const secured = await openSecureSocket(raw, {
    secureContext,
    protocol,
    serverName: hello.serverName,
    clientCertificates: route.policy.clientCertificates,
    now: parts.clock.now().getTime(),
    timeoutMs: limits.handshakeMs,
    onSecure: ({ socket, facts }) => {
      if (endpoint.protocol !== 'https') return;
      const connection = { name, endpoint, clientAddress, tls: facts };
      if (facts.protocol === 'h2') parts.http2.accept(socket, raw, connection);
      else parts.http1.accept(socket, connection);
    },
  });
  if (secured === undefined) {
    counters.failedHandshakes += 1;
    return;
  }
  counters.handshakes += 1;
  if (secured.facts.isResumed) counters.resumedHandshakes += 1;
  if (endpoint.protocol === 'https') return;
  await passOn(
    secured.socket,
    endpoint,
    { client, serverName: hello.serverName, tls: secured.facts },
    parts,
  );
}

/** An alert, and then the end without waiting for the client's own. */
function refuse(raw: Socket, alert: AlertDescription, parts: ConnectionParts): void {
  if (raw.destroyed) return;
  parts.counters.refused += 1;
  parts.log.debug({ alert }, 'a connection was refused');
  // Unread bytes would turn the close into a reset, which could overtake the alert.
  raw.resume();
  raw.setTimeout(REFUSAL_MS, () => raw.destroy());
  raw.end(fatalAlert(alert), () => setTimeout(() => raw.destroy(), REFUSAL_GRACE_MS).unref());
}

const REFUSAL_MS = 1_000;
const REFUSAL_GRACE_MS = 100;
