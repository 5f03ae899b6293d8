/**
 * Upstreams between two processes.
 *
 * @module
 */
import { z } from 'zod';
import { PROXY_VERSIONS, UPSTREAM_SCHEMES } from '../upstream.ts';

const upstream = z.object({
  scheme: z.enum(UPSTREAM_SCHEMES),
  target: z.union([z.object({ host: z.string(), port: z.int() }), z.object({ path: z.string() })]),
  tls: z
    .object({
      caPem: z.string().exactOptional(),
      serverName: z.string().exactOptional(),
      certificatePem: z.string().exactOptional(),
      privateKeyPem: z.string().exactOptional(),
    })
    .exactOptional(),
});

const health = z.object({
  intervalMs: z.number(),
  timeoutMs: z.number(),
  path: z.string().exactOptional(),
  status: z.int().exactOptional(),
});

/** The members of an `UpstreamGroup`, for the object that has them. */
export const upstreamGroupShape = {
  upstreams: z.array(upstream),
  health: health.exactOptional(),
  proxyProtocol: z.enum(PROXY_VERSIONS).exactOptional(),
  connections: z.int().exactOptional(),
};
