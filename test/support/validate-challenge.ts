/**
 * Looks at challenge answers as a CA does.
 *
 * @module
 */
import { createHash, type X509Certificate } from 'node:crypto';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import type { Challenge } from '../../src/challenges/solver.ts';

/** RFC 8555 §8.3. */
export async function validateHttp01(challenge: Challenge, port: number): Promise<boolean> {
  const path = `/.well-known/acme-challenge/${challenge.token}`;
  const reply = await fetchPlain(port, path, { host: challenge.name });
  return reply?.status === 200 && reply.body === challenge.keyAuthorization;
}

export interface PlainReply {
  readonly status: number | undefined;
  readonly body: string;
}

/** `undefined` when nobody answers. */
export function fetchPlain(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  host = '127.0.0.1',
): Promise<PlainReply | undefined> {
  const { promise, resolve } = Promise.withResolvers<PlainReply | undefined>();
  const request = get({ host, port, path, headers, agent: false }, (response) => {
    text(response).then(
      (body) => resolve({ status: response.statusCode, body }),
      () => resolve(undefined),
    );
  });
  request.on('error', () => resolve(undefined));
  return promise;
}

/** RFC 8737 §3. */
export async function validateTlsAlpn01(challenge: Challenge, port: number): Promise<boolean> {
  const peer = await fetchTlsCertificate(port, challenge.name, ['acme-tls/1']);
  if (peer === undefined) return false;
  const digest = createHash('sha256').update(challenge.keyAuthorization).digest();
  return (
    peer.subjectAltName === `DNS:${challenge.name}` &&
    peer.raw.includes(Buffer.concat([ACME_IDENTIFIER_CRITICAL, digest]))
  );
}

/** The certificate of a complete handshake that ended with one of the protocols. */
export function fetchTlsCertificate(
  port: number,
  servername: string,
  protocols: string[],
): Promise<X509Certificate | undefined> {
  const { promise, resolve } = Promise.withResolvers<X509Certificate | undefined>();
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername,
    ALPNProtocols: protocols,
    rejectUnauthorized: false,
    // With TLS 1.2 the handshake is over only when the server has agreed to it.
    maxVersion: 'TLSv1.2',
  });
  socket.once('secureConnect', () => {
    const agreed = protocols.includes(socket.alpnProtocol || '');
    resolve(agreed ? socket.getPeerX509Certificate() : undefined);
    socket.destroy();
  });
  socket.on('error', () => resolve(undefined));
  socket.once('close', () => resolve(undefined));
  return promise;
}

/** The OID id-pe-acmeIdentifier, `critical`, and the headers of the digest inside. */
const ACME_IDENTIFIER_CRITICAL = Buffer.from('06082b0601050507011f0101ff04220420', 'hex');
