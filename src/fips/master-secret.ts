/**
 * Finds out whether this process derives TLS 1.2 keys from an extended master secret only (RFC 7627).
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { TLSSocket, connect } from 'node:tls';

/** `SSL_OP_NO_EXTENDED_MASTER_SECRET`, which `node:crypto` does not export. */
const WITHOUT_EXTENDED_MASTER_SECRET = 1;

/** In memory, by a key known to both sides: a certificate would need an authority. */
const POLICY = {
  ciphers: 'PSK-AES128-GCM-SHA256',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;

/** False as well when no such handshake succeeds at all: nothing was shown then. */
export async function refusesOldMasterSecret(): Promise<boolean> {
  return (await handshakes(0)) && !(await handshakes(WITHOUT_EXTENDED_MASTER_SECRET));
}

function handshakes(secureOptions: number): Promise<boolean> {
  const psk = randomBytes(32);
  const [ours, theirs] = duplexPair();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // What a TLSSocket takes from its server is not in the type of its own options.
  const options = { ...POLICY, isServer: true, pskCallback: () => psk };
  const server = new TLSSocket(ours, options);
  const client = connect({
    ...POLICY,
    socket: theirs,
    secureOptions,
    pskCallback: () => ({ psk, identity: 'certctl' }),
    checkServerIdentity: () => undefined,
  });
  client.once('secureConnect', () => resolve(true));
  for (const side of [server, client]) {
    side.on('error', () => resolve(false));
    side.once('close', () => resolve(false));
  }
  return promise.finally(() => {
    client.destroy();
    server.destroy();
  });
}
