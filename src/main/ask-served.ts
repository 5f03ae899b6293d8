/**
 * Connects as a client would, and says which certificate it gets.
 *
 * @module
 */
import { connect, DEFAULT_CIPHERS } from 'node:tls';
import type { KeyAlgorithm } from '../core/certificate-spec.ts';
import { SECOND_MS } from '../core/clock.ts';
import type { Served } from '../lifecycle/watch/judge-served.ts';

export interface ServedQuestion {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  /** The kind of key that the client can verify: a server with a pair shows that one. */
  readonly keyAlgorithm: KeyAlgorithm;
}

const TIMEOUT_MS = 10 * SECOND_MS;
const LONGEST_REASON = 200;

const SIGNATURES: Readonly<Record<KeyAlgorithm, string>> = {
  ec: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512',
  rsa: 'rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512',
};

/** Never rejects but for `signal`. Without ALPN: every server takes that. */
export function askServed(
  { host, port, serverName, keyAlgorithm }: ServedQuestion,
  signal: AbortSignal,
): Promise<Served> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Served>();
  const socket = connect({
    host,
    port,
    servername: serverName,
    sigalgs: SIGNATURES[keyAlgorithm],
    // Which certificate it is counts here, not who trusts it, nor how old the server is.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.1',
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
  });
  const abort = (): void => {
    socket.destroy();
    reject(signal.reason as Error);
  };
  const timer = setTimeout(() => fail('no answer in 10 seconds'), TIMEOUT_MS);
  signal.addEventListener('abort', abort, { once: true });
  socket.once('secureConnect', () => {
    // Read now: of a socket that is destroyed Node must not be asked.
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) fail('the server shows none');
    else {
      resolve({
        fingerprint256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        serial: certificate.serialNumber.toLowerCase(),
      });
      // Not destroyed with our Finished unsent: the server would count a handshake that failed.
      socket.destroySoon();
    }
  });
  socket.on('error', ({ reason, message }: Error & { reason?: string }) => fail(reason ?? message));
  socket.once('close', () => fail('the server closed the connection'));
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  });

  function fail(reason: string): void {
    resolve({ failure: reason.slice(0, LONGEST_REASON) });
    socket.destroy();
  }
}
