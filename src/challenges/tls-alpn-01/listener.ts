/**
 * A TLS server that knows nothing but the answers of tls-alpn-01 challenges (RFC 8737 §3).
 *
 * @module
 */
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls';
import { callbackify } from 'node:util';
import { SECOND_MS } from '../../core/clock.ts';
import { findIdentifier } from '../../core/reverse-name.ts';
import type { AnswerCertificates } from '../answer-certificates.ts';
import type { AnswerBook } from '../answers.ts';
import {
  type ChallengeListener,
  createChallengeListener,
  type ListenerSettings,
} from '../challenge-listener.ts';

export interface TlsAlpn01ListenerOptions extends ListenerSettings {
  readonly answers: AnswerBook;
  readonly certificates: AnswerCertificates;
}

const ACME_TLS = 'acme-tls/1';

export function createTlsAlpn01Listener({
  answers,
  certificates,
  ...settings
}: TlsAlpn01ListenerOptions): ChallengeListener {
  const contextFor = async (serverName: string): Promise<SecureContext | undefined> => {
    const name = findIdentifier(serverName);
    const challenge = name === undefined ? undefined : answers.findByName(name);
    if (challenge === undefined) return undefined;
    const { certificatePem, privateKeyPem } = await certificates.certificateFor(challenge);
    return createSecureContext({ cert: certificatePem, key: privateKeyPem });
  };
  return createChallengeListener(
    {
      type: 'tls-alpn-01',
      portOption: '--tls-alpn01-port',
      createServer: () => {
        const server = createServer({
          ALPNProtocols: [ACME_TLS],
          handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
          // Without a context of its own the server has no certificate to fall back on: the
          // handshake of an unknown name ends in an alert.
          SNICallback: callbackify(contextFor),
        });
        server.on('tlsClientError', (_error, socket) => socket.destroy());
        server.on('secureConnection', endAfterHandshake);
        return server;
      },
    },
    settings,
  );
}

/** The certificate was the answer, so no data follows (RFC 8737 §3), whatever was negotiated. */
function endAfterHandshake(socket: TLSSocket): void {
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.setTimeout(CLOSE_TIMEOUT_MS, () => socket.destroy());
  socket.end();
}

const HANDSHAKE_TIMEOUT_MS = 10 * SECOND_MS;
const CLOSE_TIMEOUT_MS = 2 * SECOND_MS;
