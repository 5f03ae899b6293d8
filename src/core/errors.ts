/**
 * Every error that certctl reports: one table, one class.
 *
 * A row says how the fault is called, when a new attempt makes sense, and which status the outside
 * sees: `status` over HTTP, `exit` from the command line (sysexits.h).
 *
 * @module
 */

/** When the same attempt can succeed. Schedulers read this, never the message. */
export type Retry = 'never' | 'now' | 'after-delay' | 'after-change';

interface ErrorSpec {
  readonly title: string;
  readonly retry: Retry;
  readonly status: number;
  readonly exit: number;
}

export const ERRORS = {
  'usage/invalid': spec('The command line is wrong', 'never', 400, 64),

  'name/invalid': spec('The name cannot be in a certificate', 'never', 422, 65),
  'name/wildcard-needs-dns': spec('A wildcard needs a DNS challenge', 'never', 422, 65),
  'name/address-needs-connection': spec('An IP address cannot be proven by DNS', 'never', 422, 65),
  'input/invalid': spec('The input is not valid', 'never', 422, 65),
  'certificate/not-found': spec('There is no such certificate', 'never', 404, 65),
  'certificate/conflict': spec('The certificate is managed elsewhere', 'never', 409, 65),
  'certificate/rejected': spec('The chain failed its checks', 'after-delay', 502, 69),

  'config/invalid': spec('The configuration is not valid', 'after-change', 422, 78),
  'config/not-found': spec('There is no configuration file', 'after-change', 404, 78),

  'acme/unreachable': spec('The CA cannot be reached', 'after-delay', 503, 69),
  'acme/untrusted': spec('The CA presents a certificate we do not trust', 'after-change', 502, 69),
  'acme/timeout': spec('The CA did not answer in time', 'after-delay', 504, 69),
  'acme/bad-response': spec('The CA gave an answer that is not ACME', 'after-delay', 502, 69),
  'acme/server-error': spec('The CA reported an error of its own', 'after-delay', 502, 69),
  'acme/rate-limited': spec('The CA refused the request: rate limit', 'after-delay', 503, 75),
  'acme/rejected': spec('The CA refused the request', 'after-change', 502, 69),
  'acme/name-refused': spec('The CA signs nothing for this name', 'after-change', 502, 69),
  'acme/unauthorized': spec('The CA does not accept this account', 'after-change', 502, 77),
  'acme/terms-required': spec('The CA wants its terms accepted', 'after-change', 403, 77),
  'acme/challenge-failed': spec('The CA could not confirm control', 'after-change', 502, 69),
  'acme/challenge-unavailable': spec('No usable challenge type', 'after-change', 422, 65),
  'acme/order-failed': spec('The order ended without certificate', 'after-delay', 502, 69),
  'acme/profile-unavailable': spec('The CA has no such profile', 'after-change', 422, 65),
  'acme/unsupported': spec('The CA does not offer this', 'never', 422, 69),

  'budget/exhausted': spec('A limit of the CA leaves no room', 'after-delay', 503, 75),
  'budget/paused': spec('The CA has paused this account or name', 'after-change', 503, 75),
  'preflight/caa': spec('CAA records forbid the issuance', 'after-change', 422, 65),

  'permission/unavailable': spec('The permission URL gives no answer', 'after-delay', 503, 69),
  'challenge/not-ready': spec('The challenge answer is not visible', 'after-delay', 503, 69),
  'delivery/failed': spec('The receiver did not take the event', 'after-delay', 502, 69),
  'delivery/refused': spec('The receiver may not be contacted', 'after-change', 422, 78),
  'event/not-found': spec('There is no such event', 'never', 404, 65),
  'subscription/unknown': spec('There is no such subscription', 'after-change', 404, 78),
  'dns/zone-not-found': spec('No zone of this account contains the name', 'after-change', 422, 78),
  'dns/unauthorized': spec('The DNS host refuses the credential', 'after-change', 502, 77),
  'dns/rate-limited': spec('The DNS host limits requests', 'after-delay', 503, 75),
  'dns/unavailable': spec('The DNS host cannot be used', 'after-delay', 503, 69),
  'dns/rejected': spec('The DNS host refused the change', 'after-change', 502, 69),
  'dns/unknown-credential': spec('There is no such DNS credential', 'after-change', 422, 78),
  'target/unknown': spec('There is no such target', 'after-change', 422, 78),
  'target/unavailable': spec('The target cannot be reached', 'after-delay', 503, 69),
  'target/failed': spec('The target did not take the certificate', 'after-delay', 502, 69),
  'issuer/unknown': spec('There is no such issuer', 'after-change', 422, 78),
  'issuer/unsupported': spec('The issuer cannot do this', 'never', 422, 65),

  'store/unwritable': spec('The data directory cannot be written', 'after-change', 507, 73),
  'store/newer': spec('The database belongs to a newer certctl', 'after-change', 500, 78),
  'store/corrupt': spec('The database is damaged', 'after-change', 500, 73),
  'store/busy': spec('Another process holds the database', 'now', 503, 75),
  'store/conflict': spec('Another process changed the record first', 'now', 409, 75),
  'store/occupied': spec('The data directory is in use already', 'after-change', 409, 73),
  'backup/invalid': spec('The backup cannot be used', 'never', 422, 65),
  'lease/held': spec('Another process works on this', 'after-delay', 409, 75),
  'keyring/corrupt': spec('The key-encryption key is damaged', 'after-change', 500, 78),
  'keyring/mismatch': spec(
    'The key-encryption key does not open the store',
    'after-change',
    500,
    78,
  ),
  'keyring/unavailable': spec('The key-encryption key cannot be had', 'after-delay', 503, 69),
  'keyring/retired': spec('The key-encryption key was replaced', 'now', 409, 75),
  'keyring/no-new-key': spec('There is no new key-encryption key', 'after-change', 409, 78),
  'keyring/unwritable': spec('The key-encryption key cannot be written', 'after-change', 507, 73),

  'access-log/unavailable': spec('The access log cannot be written', 'after-change', 507, 73),
  'listener/in-use': spec('The address is in use', 'after-delay', 503, 75),
  'listener/not-permitted': spec('The address may not be bound', 'after-change', 503, 77),
  'listener/unavailable': spec('The address cannot be bound', 'after-change', 503, 78),
  'daemon/running': spec('A daemon already serves this data directory', 'never', 409, 75),
  'daemon/unreachable': spec('The daemon does not answer', 'after-delay', 503, 75),
  'file/unreadable': spec('A file cannot be read', 'after-change', 422, 65),
  'file/unwritable': spec('A file cannot be written', 'after-change', 507, 73),
  'permission/denied': spec('This is not permitted', 'after-change', 403, 77),

  'fips/unavailable': spec('FIPS mode cannot be had', 'after-change', 500, 78),

  'api/invalid': spec('The request is not valid', 'never', 400, 65),
  'api/unauthenticated': spec('The API does not know the caller', 'after-change', 401, 77),
  'api/cross-origin': spec('The request comes from another site', 'never', 403, 77),
  'api/not-found': spec('There is no such resource', 'never', 404, 65),
  'api/method-not-allowed': spec('The resource has no such method', 'never', 405, 65),
  'api/changed': spec('The resource has changed meanwhile', 'after-change', 412, 75),
  'api/too-large': spec('The request is too large', 'never', 413, 65),
  'api/media-type': spec('The request is not JSON', 'never', 415, 65),
  'api/key-reused': spec('The idempotency key belongs to another request', 'never', 422, 65),
  'api/in-progress': spec('The same request is under way', 'after-delay', 409, 75),
  'api/answered': spec('The request was answered before', 'never', 409, 75),
  'api/locked': spec('Too many attempts failed', 'after-delay', 429, 75),
  'api/too-many-requests': spec('Too many requests', 'after-delay', 429, 75),
  'sign-in/invalid': spec('Signing in was not completed', 'after-change', 400, 77),
  'sign-in/refused': spec('Signing in was refused', 'after-change', 403, 77),
  'sign-in/unavailable': spec('The OpenID provider cannot be used', 'after-delay', 503, 69),
  'token/not-found': spec('There is no such token', 'never', 404, 65),
  'token/revoked': spec('The token was revoked', 'never', 409, 65),

  'feed/unavailable': spec('The control process does not answer', 'after-delay', 503, 69),
  'upstream/unreachable': spec('The upstream cannot be reached', 'after-delay', 502, 69),
  'upstream/untrusted': spec('The upstream cannot be verified', 'after-change', 502, 69),
  'worker/failed': spec('A terminator worker failed', 'after-delay', 503, 70),
  'peer/client-hello': spec('The client sent no valid ClientHello', 'never', 400, 65),
  'peer/proxy-header': spec('The proxy sent no valid PROXY header', 'never', 400, 65),
  'internal/unexpected': spec('certctl failed unexpectedly', 'after-delay', 500, 70),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** Values that help to understand an error. Never key material, tokens or key authorizations. */
export type ErrorContext = Readonly<Record<string, unknown>>;

export interface ErrorDetails {
  /** What the reader can do about it: one imperative sentence. */
  readonly mend?: string | undefined;
  readonly context?: ErrorContext | undefined;
  readonly cause?: unknown;
  /** The earliest instant at which a new attempt makes sense, where somebody named it. */
  readonly retryAt?: Date | undefined;
}

/** A token where something else was meant is not repeated to logs and journals. */
const TOKEN = /certctl_[0-9a-f]{20}_[\w-]{43}/g;

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly mend: string | undefined;
  readonly context: ErrorContext;
  readonly retryAt: Date | undefined;

  /** `message` is a lower-case fragment that names what was attempted, on what. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(
      message.replaceAll(TOKEN, 'certctl_…'),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.mend = details.mend;
    this.context = details.context ?? {};
    this.retryAt = details.retryAt;
  }

  get spec(): ErrorSpec {
    return ERRORS[this.code];
  }
}

/** Any thrown value as an `AppError`; what is not one becomes `internal/unexpected`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal/unexpected', message, {
    cause: thrown,
    mend: 'Run the command again with --verbose and report what it prints.',
  });
}

/** True for the rejection of an operation whose `signal` was aborted: not a failure. */
export function isAbort(thrown: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (thrown === signal.reason || isAbortError(thrown));
}

function isAbortError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

/** The system's error code (`ENOENT`, `EADDRINUSE`, …) of a thrown value, if it has one. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function spec(title: string, retry: Retry, status: number, exit: number): ErrorSpec {
  return { title, retry, status, exit };
}
