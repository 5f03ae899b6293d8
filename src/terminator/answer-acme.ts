/**
 * Answers the CA's validation connections of tls-alpn-01 (RFC 8737 §3).
 *
 * @module
 */
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Name } from '../core/names.ts';
import type { Feed } from '../feed/feed.ts';
import { ACME_PROTOCOL } from './routing.ts';
import { openSecureSocket } from './secure-socket.ts';
import { findIdentifier } from '../core/reverse-name.ts';
import type { TerminatorLimits } from './settings.ts';
import { withTimeout } from './with-timeout.ts';

/**
 * Works for every name with a live answer, whether or not an endpoint wants the name.
 *
 * @returns false, and leaves the connection alone, when there is no answer.
 */
export async function answerAcme(
  raw: Socket,
  serverName: Name,
  feed: Pick<Feed, 'findAnswer'>,
  limits: Pick<TerminatorLimits, 'lookupMs' | 'handshakeMs'>,
): Promise<boolean> {
  const name = findIdentifier(serverName) ?? serverName;
  const answer = await withTimeout(
    () => feed.findAnswer({ type: 'tls-alpn-01', name }),
    limits.lookupMs,
    `looking for a challenge answer for ${name}`,
  );
  if (answer?.type !== 'tls-alpn-01') return false;
  const secureContext = createSecureContext({
    cert: answer.certificatePem,
    key: answer.privateKeyPem,
    minVersion: 'TLSv1.2',
  });
  const { handshakeMs: timeoutMs } = limits;
  const secured = await openSecureSocket(raw, {
    secureContext,
    protocol: ACME_PROTOCOL,
    serverName,
    now: 0,
    timeoutMs,
  });
  if (typeof secured === 'string') return true;
  const { socket } = secured;
  socket.resume().end();
  socket.setTimeout(timeoutMs, () => socket.destroy());
  return true;
}
