/**
 * Opens the connection to an upstream.
 *
 * @module
 */
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AppError, systemCode } from '../core/errors.ts';
import { type Upstream, upstreamText } from '../feed/upstream.ts';
import type { UpstreamContexts } from './upstream-contexts.ts';

export interface DialOptions {
  readonly contexts: UpstreamContexts;
  /** For the connection and the handshake together. */
  readonly timeoutMs: number;
  /** What the connection begins with, before any TLS: a PROXY protocol header. */
  readonly preamble?: Uint8Array | undefined;
  /** What to offer by ALPN to an upstream with TLS. */
  readonly protocols?: readonly string[] | undefined;
  /** What reads the connection to an upstream without TLS, instead of the stream. */
  readonly onread?: OnReadOpts | undefined;
}

/**
 * The socket allows half-open connections, and has a listener for errors that does nothing.
 *
 * @throws `upstream/unreachable`, also after `timeoutMs`, and `upstream/untrusted`.
 */
export function dial(upstream: Upstream, options: DialOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const { timeoutMs, preamble, onread } = options;
  const isSecured = hasTls(upstream);
  const raw = connect({
    ...upstream.target,
    noDelay: true,
    allowHalfOpen: true,
    ...(isSecured || onread === undefined ? {} : { onread }),
  });
  let socket = raw;
  const fail = (cause: unknown): void => {
    clearTimeout(timer);
    socket.destroy();
    raw.destroy();
    reject(dialError(upstream, cause));
  };
  const timer = setTimeout(() => {
    const error = new Error(`no connection in ${timeoutMs} ms`);
    fail(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  const finish = (): void => {
    clearTimeout(timer);
    resolve(socket);
  };
  raw.on('error', fail);
  raw.once('connect', () => {
    if (preamble !== undefined) raw.write(preamble);
    if (!isSecured) {
      finish();
      return;
    }
    socket = secure(raw, upstream, options);
    socket.on('error', fail);
    socket.once('close', () => fail(new Error('the connection was closed in the handshake')));
    socket.once('secureConnect', finish);
  });
  return promise;
}

export function hasTls({ scheme }: Upstream): boolean {
  return scheme === 'tls' || scheme === 'https';
}

function secure(raw: Socket, upstream: Upstream, options: DialOptions): Socket {
  const { target, tls } = upstream;
  const host = 'host' in target ? target.host : 'localhost';
  const serverName = tls?.serverName ?? host;
  return connectTls({
    socket: raw,
    secureContext: options.contexts.find(tls),
    rejectUnauthorized: true,
    // An address is compared with the certificate, but not sent (RFC 6066 §3).
    host: serverName,
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ...(options.protocols === undefined ? {} : { ALPNProtocols: [...options.protocols] }),
  });
}

function dialError(upstream: Upstream, cause: unknown): AppError {
  const text = upstreamText(upstream);
  return isDistrust(cause)
    ? new AppError('upstream/untrusted', `the certificate of the upstream ${text} was refused`, {
        cause,
        mend: 'Give the roots of its CA as caBundle, or the name that its certificate has as serverName.',
      })
    : new AppError('upstream/unreachable', `connecting to the upstream ${text} failed`, {
        cause,
        mend: 'Start the upstream, or correct the upstream of the endpoint.',
      });
}

/** Node gives the verifier's own words as codes, such as SELF_SIGNED_CERT_IN_CHAIN. */
function isDistrust(cause: unknown): boolean {
  const code = systemCode(cause) ?? '';
  return (
    code === 'ERR_TLS_CERT_ALTNAME_INVALID' ||
    /^(?:CERT|CRL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|INVALID_CA|PATH_LENGTH|HOSTNAME_MIS)/.test(code)
  );
}
