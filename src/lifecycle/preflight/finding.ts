/**
 * What a check found.
 *
 * @module
 */

/** Stable words: printed, and matched by programs. */
export type CheckName =
  | 'data-directory'
  | 'free-space'
  | 'database'
  | 'keyring'
  | 'daemon'
  | 'fips'
  | 'request'
  | 'issuer'
  | 'clock'
  | 'policy'
  | 'points-here'
  | 'delegation'
  | 'persist-record'
  | 'port'
  | 'caa'
  | 'served'
  | 'certificate';

export type Verdict = 'ok' | 'warning' | 'failure';

/** Whose business the mending is: what was asked for, somebody's service, or how this is set up. */
export type FaultKind = 'input' | 'service' | 'configuration';

export interface Finding {
  readonly check: CheckName;
  /** The name, issuer or path that was looked at. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** Of failures only. */
  readonly kind?: FaultKind;
  /** A lower-case fragment. */
  readonly message: string;
  readonly mend?: string;
}

export function ok(check: CheckName, subject: string, message: string): Finding {
  return { check, subject, verdict: 'ok', message };
}

export function warning(
  check: CheckName,
  subject: string,
  message: string,
  mend?: string,
): Finding {
  return { check, subject, verdict: 'warning', message, ...(mend === undefined ? {} : { mend }) };
}

export function failure(
  check: CheckName,
  kind: FaultKind,
  subject: string,
  message: string,
  mend?: string,
): Finding {
  return {
    check,
    subject,
    verdict: 'failure',
    kind,
    message,
    ...(mend === undefined ? {} : { mend }),
  };
}
