/**
 * Passes the bytes of a connection on to an upstream of its group, and back.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { UpstreamGroup } from '../feed/upstream.ts';
import type { Log } from '../observe/log.ts';
import { BlockReader } from './block-reader.ts';
import type { Counters } from './counters.ts';
import { hasTls } from './dial.ts';
import type { Observation } from './observation.ts';
import type { Visit } from './visit.ts';
import { type Passenger, proxyPreamble } from './proxy-preamble.ts';
import { relay } from './relay.ts';
import type { TerminatorSettings } from './settings.ts';
import type { Upstreams } from './upstreams.ts';

export interface PassOnParts {
  readonly settings: TerminatorSettings;
  readonly upstreams: Upstreams;
  readonly counters: Counters;
  readonly observation: Observation;
  readonly log: Log;
}

/** Never rejects; without an upstream the client's connection is cut. */
export async function passOn(
  socket: Socket,
  group: UpstreamGroup,
  passenger: Passenger,
  visit: Visit,
  parts: PassOnParts,
): Promise<void> {
  const protocol = passenger.tls?.protocol;
  try {
    const reader = new BlockReader(socket);
    const options = {
      onread: reader.onread,
      preamble: proxyPreamble(group.proxyProtocol, passenger),
      protocols: protocol === undefined ? undefined : [protocol],
    };
    const begunAt = performance.now();
    const connected = await parts.upstreams.connect(group, options, () => !socket.destroyed);
    const { upstream } = connected;
    visit.upstream = upstream;
    visit.span?.step('upstream.connect', begunAt);
    // The client may have left while the upstream was dialled.
    if (socket.destroyed) connected.socket.destroy();
    else {
      const { limits } = parts.settings;
      visit.relayedAt = performance.now();
      relay(socket, connected.socket, limits, hasTls(upstream) ? undefined : reader);
    }
  } catch (thrown) {
    if (!socket.destroyed) {
      parts.counters.upstreamFailures += 1;
      parts.observation.refuse(visit, 'upstream');
      parts.log.warn({ err: thrown }, 'a connection could not be passed on');
    }
    socket.destroy();
  }
}
