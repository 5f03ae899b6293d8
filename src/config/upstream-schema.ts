/**
 * The keys of a configuration file that say where connections go, and how they get there.
 *
 * @module
 */
import { z } from 'zod';
import { PROXY_VERSIONS } from '../feed/upstream.ts';
import { count, duration, text } from './file-leaves.ts';

const MOST_UPSTREAMS = 64;
const MOST_PEERS = 256;
const SHORTEST_MS = 100;
const MOST_CONNECTIONS = 10_000_000;

const url = text().describe('tcp:// tls:// http:// https:// or h2c:// host:port, or unix:/path.');

const detailed = z.strictObject({
  url,
  caBundle: text().optional().describe('PEM file with the roots to verify it by.'),
  serverName: text().optional().describe('The name that its certificate must have.'),
  certificate: text().optional().describe('PEM file with the chain that we show it.'),
  key: text().optional().describe('PEM file with the private key of certificate.'),
});

const upstream = z.union([url, detailed]);
export type FileUpstream = z.output<typeof upstream>;

const healthDuration = (): z.ZodOptional<ReturnType<typeof duration>> =>
  duration((milliseconds) => milliseconds >= SHORTEST_MS, `, at least ${SHORTEST_MS}ms`).optional();

const health = z.strictObject({
  interval: healthDuration().describe('Usually 10s.'),
  timeout: healthDuration().describe('Usually 5s.'),
  path: text()
    .refine((path) => /^\/[\x21-\x7e]*$/.test(path), { error: 'must be a path, e.g. /healthz' })
    .optional()
    .describe('What to GET of HTTP upstreams; without it a connection is enough.'),
  status: count(100, 599).optional().describe('The status to expect. Usually any of 200 to 399.'),
});
export type FileHealth = z.output<typeof health>;

const proxyProtocol = z
  .enum(PROXY_VERSIONS)
  .optional()
  .describe('Begin each connection to the upstream with a PROXY protocol header.');

/** What endpoints of every protocol have. */
const groupKeys = {
  upstream: z
    .union([upstream, z.array(upstream).min(1).max(MOST_UPSTREAMS)])
    .describe('Where connections go, or a list of which the least busy is taken.'),
  health: health.optional().describe('Check the upstreams beside the traffic.'),
  limits: z
    .strictObject({
      connections: count(1, MOST_CONNECTIONS)
        .optional()
        .describe('Connections of clients at a time. Usually limits.connectionsPerEndpoint.'),
    })
    .optional()
    .describe('What differs from the top-level limits.'),
};

/** What endpoints have that pass bytes on. */
export const streamKeys = { ...groupKeys, proxyProtocol };

/** What endpoints have that pass requests on. */
export const requestKeys = {
  ...groupKeys,
  // Requests of many clients share a connection, and a header is good for a whole connection.
  proxyProtocol: z
    .never({
      error:
        'is for endpoints with protocol tls or tcp: HTTP upstreams are told the client in X-Forwarded-For',
    })
    .optional(),
};

/** Addresses and networks that are believed something. */
export const peers = z.array(text(50)).min(1).max(MOST_PEERS);

/** What listeners of every protocol have. */
export const listenerKeys = {
  address: text().describe('IP:port, [v6]:port, or :port for every address.'),
  proxyProtocol: z
    .strictObject({
      from: peers.describe('Addresses and networks of the proxies that must send it.'),
    })
    .optional()
    .describe('Read the address of the client from a PROXY protocol header, v1 or v2.'),
};
