/**
 * The terminator's limits in a configuration file, derived from those that it has.
 *
 * @module
 */
import { z } from 'zod';
import { DEFAULT_LIMITS, type TerminatorLimits } from '../terminator/settings.ts';
import { inFile, isDuration } from './duration-key.ts';
import { count, duration } from './file-leaves.ts';
import { formatDuration, parseDuration } from './parse-duration.ts';

const MOST = 10_000_000;
const SHORTEST_MS = 10;

const MEANINGS: Readonly<Record<keyof TerminatorLimits, string>> = {
  connections: 'Connections of one worker at a time.',
  connectionsPerAddress: 'Those of them from one client address, or one /64 of IPv6.',
  connectionsPerEndpoint: 'Those of them of one endpoint.',
  handshakesPerAddress: 'TLS handshakes that a client address may begin a second.',
  handshakeBurst: 'Those that it may begin at once after a pause.',
  handshakeAddresses: 'Client addresses whose handshakes are counted.',
  helloBytes: 'The longest ClientHello, in bytes.',
  helloMs: 'The longest wait for a ClientHello.',
  handshakeMs: 'Time for a TLS handshake.',
  waitingHandshakes: 'Clients that wait at a time until a certificate is made for them.',
  idleMs: 'The longest silence on a relayed connection.',
  halfOpenMs: 'The same when client or upstream has ended its half of the connection.',
  connectMs: 'The longest wait for an upstream to accept a connection.',
  responseMs: 'The longest wait for an upstream to begin a response.',
  requestHeadersMs: 'Time for the headers of an HTTP request.',
  stallMs: 'The longest wait for an HTTP/2 client to take data that is ready for it.',
  keepAliveMs: 'How long an HTTP connection may stay open between requests.',
  headerBytes: 'Header octets of one HTTP request.',
  streams: 'Requests at a time on one HTTP/2 connection.',
  upstreamConnections: 'Connections to one HTTP upstream.',
  lookupMs: 'The longest wait of a worker for what the control process knows of a name.',
  drainMs: 'How long connections may go on when certctl stops.',
  retireMs: 'The same in a worker that a reload or an upgrade replaces.',
  orphanMs: 'How long a worker serves whose control process is gone.',
  entries: 'Names that a worker remembers.',
  unknownNames: 'Names without an endpoint that a worker remembers.',
  unknownNameMs: 'How long it remembers them.',
  contexts: 'TLS contexts that a worker keeps.',
};

/** Every limit is optional; the result is complete. */
export const limits = z
  .strictObject(
    Object.fromEntries(
      Object.entries(DEFAULT_LIMITS).map(([key, usual]) => [inFile(key), leafOf(key, usual)]),
    ),
  )
  .transform((given): TerminatorLimits => {
    const changed = Object.keys(DEFAULT_LIMITS).flatMap((key) => {
      const value = given[inFile(key)];
      if (value === undefined) return [];
      return [[key, typeof value === 'string' ? parseDuration(value) : value]];
    });
    return { ...DEFAULT_LIMITS, ...Object.fromEntries(changed) };
  });

function leafOf(key: string, usual: number): z.ZodType<string | number | undefined> {
  const leaf = isDuration(key)
    ? duration((milliseconds) => milliseconds >= SHORTEST_MS, `, at least ${SHORTEST_MS}ms`)
    : count(1, MOST);
  const shown = isDuration(key) ? formatDuration(usual) : String(usual);
  return leaf.optional().describe(`${MEANINGS[key as keyof TerminatorLimits]} Usually ${shown}.`);
}
