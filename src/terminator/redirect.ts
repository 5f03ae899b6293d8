/**
 * Answers of endpoints that only point elsewhere.
 *
 * @module
 */
import type { Exchange } from './exchange.ts';
import { strictTransportSecurity } from './strict-transport-security.ts';

/** A request's body is not read; the client may keep it. */
export function redirect(exchange: Exchange): void {
  const { connection, path } = exchange;
  const { redirect: wanted } = connection.endpoint;
  if (wanted === undefined) throw new TypeError('an endpoint without redirect');
  exchange.respondEmpty(wanted.status, {
    location: wanted.keepsPath ? `${wanted.location}${path}` : wanted.location,
    'content-length': '0',
    ...strictTransportSecurity(connection),
  });
}
