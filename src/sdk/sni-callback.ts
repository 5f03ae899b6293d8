/**
 * `sniCallback`: the certificates of a manager for the servers of Node.
 *
 * @module
 */
import type { SecureContext } from 'node:tls';
import type { Manager } from './manager.ts';

/** What `SNICallback` of `node:tls`, `node:https` and `node:http2` is. */
export type SniCallback = (
  serverName: string,
  done: (error: Error | null, context?: SecureContext) => void,
) => void;

/**
 * The `SNICallback` of a server: each client gets the newest certificate for the name it asks for,
 * from the next handshake after a renewal on. Of an EC and an RSA pair it is the one that the client
 * can verify. It never throws, and never fails a handshake that the server's own certificate would
 * serve: for names that the manager does not have the server decides.
 *
 * It chooses the certificate and nothing else. Node takes versions, ciphers, ALPN, client
 * certificates and ticket keys from the server's own options, and does not call it for resumed
 * sessions: access must not be decided by it.
 */
export function sniCallback(manager: Pick<Manager, 'secureContext'>): SniCallback {
  return function choose(this: unknown, serverName, done) {
    const acceptsEcdsa = verifiesEcdsa(this);
    void answer(done, () => manager.secureContext(serverName, { acceptsEcdsa }));
  };
}

async function answer(
  done: Parameters<SniCallback>[1],
  find: () => Promise<SecureContext | undefined>,
): Promise<void> {
  const context = await find().catch(() => undefined);
  try {
    done(null, context);
  } catch {
    // The connection has ended meanwhile.
  }
}

/** Node calls it on the socket, which knows what the client's ClientHello said. */
function verifiesEcdsa(socket: unknown): boolean {
  try {
    const { getSharedSigalgs } = socket as { getSharedSigalgs?: () => string[] };
    const shared = getSharedSigalgs?.call(socket);
    return shared === undefined || shared.some((scheme) => /^ecdsa/i.test(scheme));
  } catch {
    return true;
  }
}
