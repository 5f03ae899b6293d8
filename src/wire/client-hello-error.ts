/**
 * What can be wrong with the first bytes of a client.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';

export type ClientHelloFault =
  /** Another protocol: plain HTTP, SSH, SSL 2, a port scan. */
  | 'not-tls'
  | 'not-client-hello'
  | 'too-large'
  | 'too-many-records'
  | 'malformed'
  | 'duplicate-extension';

/** `reason` is for metrics and alerts; `detail` completes the message. */
export function clientHelloError(reason: ClientHelloFault, detail: string): AppError {
  return new AppError('peer/client-hello', `reading a ClientHello: ${detail}`, {
    mend: 'Connect with a TLS client to this port.',
    context: { reason },
  });
}
