/**
 * What a failed connection means to the reader, by the codes of Node and OpenSSL.
 *
 * @module
 */
import { AppError, systemCode } from '../core/errors.ts';
import { hostOf } from './https-url.ts';

const UNTRUSTED =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$)/;
const WRONG_TIME = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/;
const TRANSIENT = new Set(['ECONNRESET', 'EPIPE', 'EAI_AGAIN']);

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no route',
  ENETUNREACH: 'there is no route',
  EPROTO: 'it does not speak TLS',
};

/** `thrown` by a request to `url` that was meant to do what `attempted` says. */
export function transportError(thrown: unknown, url: string, attempted: string): AppError {
  const code = systemCode(thrown) ?? '';
  const host = hostOf(url);
  const details = { cause: thrown, context: { url, ...(code === '' ? {} : { code }) } };
  if (UNTRUSTED.test(code)) return untrusted(thrown, code, host, attempted, details);
  if (code.startsWith('HPE_')) {
    return new AppError('acme/bad-response', `${host} does not speak HTTP, to ${attempted}`, {
      ...details,
      mend: 'Check the directory URL.',
    });
  }
  const reason = REASONS[code] ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return new AppError(
    'acme/unreachable',
    `cannot reach ${address(url)} to ${attempted}: ${reason}${code === '' ? '' : ` (${code})`}`,
    { ...details, mend: 'Check the directory URL, DNS, the firewall and the network.' },
  );
}

export function timeoutError(url: string, attempted: string, timeoutMs: number): AppError {
  return new AppError(
    'acme/timeout',
    `${address(url)} did not answer within ${timeoutMs / 1_000} s, to ${attempted}`,
    {
      context: { url, timeoutMs },
      mend: 'Try again later; check the network if it happens again.',
    },
  );
}

/** True when the same request has a fair chance at once: the connection broke on its way. */
export function isBrokenConnection(error: AppError): boolean {
  return error.code === 'acme/unreachable' && TRANSIENT.has(systemCode(error.cause) ?? '');
}

function untrusted(
  thrown: unknown,
  code: string,
  host: string,
  attempted: string,
  details: { cause: unknown; context: Record<string, unknown> },
): AppError {
  // Node appends advice about its own options to some of these messages.
  const reason = (thrown instanceof Error ? thrown.message : code).split(';')[0] ?? code;
  const mend = WRONG_TIME.test(code)
    ? "Check this machine's clock, then the certificate of the ACME server."
    : code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? "Use the host name that the ACME server's certificate holds in the directory URL."
      : 'Give the CA certificates of the ACME server with --ca-bundle, or caBundle in the configuration.';
  return new AppError(
    'acme/untrusted',
    `the certificate of ${host} is not trusted, to ${attempted}: ${reason}`,
    { ...details, mend },
  );
}

function address(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '443' : port}`;
}
