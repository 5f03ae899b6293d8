/**
 * The word to browsers to come by https only (RFC 6797).
 *
 * @module
 */
import type { HttpConnection } from './exchange.ts';

/** RFC 6797 §7.2: never in an answer over plain HTTP. */
export function strictTransportSecurity({
  endpoint,
  tls,
}: Pick<HttpConnection, 'endpoint' | 'tls'>): Record<string, string> {
  return endpoint.hsts === undefined || tls === undefined
    ? {}
    : { 'strict-transport-security': endpoint.hsts };
}
