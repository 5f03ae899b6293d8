/**
 * A certificate's record as its row.
 *
 * @module
 */
import {
  type CertificateSpec,
  type KeyAlgorithm,
  keyAlgorithmOf,
} from '../../core/certificate-spec.ts';
import type { WireError } from '../../core/error-wire.ts';
import { type Name, nameSet } from '../../core/names.ts';
import type {
  CertificateRecord,
  CertificateSource,
  FailureState,
  RenewalState,
  WaitState,
} from '../records.ts';
import {
  columnsOf,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  encodeOptionalJson,
  optional,
} from './rows.ts';

export interface CertificateRow {
  readonly id: string;
  readonly identity: string;
  readonly spec: string;
  readonly source: string;
  readonly issuance_id: string | null;
  readonly renew_at: number | null;
  readonly renewal_window_start: number | null;
  readonly renewal_window_end: number | null;
  readonly renewal_explanation_url: string | null;
  readonly renewal_check_at: number | null;
  readonly renewal_failures: number | null;
  readonly failure_count: number | null;
  readonly failure_since: number | null;
  readonly failure_error: string | null;
  readonly failure_error_at: number | null;
  readonly failure_retry_at: number | null;
  readonly waiting: string | null;
  readonly failure_parked_at: number | null;
  readonly failure_parked_message: string | null;
  readonly next_action_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly revision: number;
}

export const CERTIFICATE_COLUMNS = columnsOf([
  'id',
  'identity',
  'spec',
  'source',
  'issuance_id',
  'renew_at',
  'renewal_window_start',
  'renewal_window_end',
  'renewal_explanation_url',
  'renewal_check_at',
  'renewal_failures',
  'failure_count',
  'failure_since',
  'failure_error',
  'failure_error_at',
  'failure_retry_at',
  'waiting',
  'failure_parked_at',
  'failure_parked_message',
  'next_action_at',
  'created_at',
  'updated_at',
  'revision',
] satisfies (keyof CertificateRow)[]);

/** One text for one key algorithm and set of names; a name has neither space nor comma. */
function encodeIdentity(algorithm: KeyAlgorithm, names: readonly Name[]): string {
  return `${algorithm} ${nameSet(names).join(',')}`;
}

/** Those that the certificates for `names` can have. */
export function encodeIdentities(names: readonly Name[]): [string, string] {
  return [encodeIdentity('ec', names), encodeIdentity('rsa', names)];
}

export function encodeCertificate(record: CertificateRecord): CertificateRow {
  const { renewal, failure } = record;
  return {
    id: record.id,
    identity: encodeIdentity(keyAlgorithmOf(record.spec.keyType), record.spec.names),
    spec: JSON.stringify(record.spec),
    source: record.source,
    issuance_id: record.issuanceId ?? null,
    renew_at: encodeOptionalInstant(renewal.renewAt),
    renewal_window_start: encodeOptionalInstant(renewal.window?.start),
    renewal_window_end: encodeOptionalInstant(renewal.window?.end),
    renewal_explanation_url: renewal.explanationUrl ?? null,
    renewal_check_at: encodeOptionalInstant(renewal.checkAt),
    renewal_failures: renewal.failures ?? null,
    failure_count: failure?.count ?? null,
    failure_since: encodeOptionalInstant(failure?.since ?? failure?.lastErrorAt),
    failure_error: encodeOptionalJson(failure?.lastError),
    failure_error_at: encodeOptionalInstant(failure?.lastErrorAt),
    failure_retry_at: encodeOptionalInstant(failure?.retryAt),
    waiting: encodeOptionalJson(record.waiting),
    failure_parked_at: encodeOptionalInstant(failure?.parked?.since),
    failure_parked_message: failure?.parked?.message ?? null,
    next_action_at: encodeOptionalInstant(record.nextActionAt),
    created_at: encodeInstant(record.createdAt),
    updated_at: encodeInstant(record.updatedAt),
    revision: record.revision,
  };
}

export function decodeCertificate(row: CertificateRow): CertificateRecord {
  return {
    id: row.id,
    spec: decodeJson(row.spec) as CertificateSpec,
    source: row.source as CertificateSource,
    ...optional('issuanceId', row.issuance_id),
    renewal: decodeRenewal(row),
    ...optional('failure', decodeFailure(row)),
    ...optional('waiting', decodeWaiting(row)),
    ...optional('nextActionAt', decodeOptionalInstant(row.next_action_at)),
    createdAt: decodeInstant(row.created_at),
    updatedAt: decodeInstant(row.updated_at),
    revision: row.revision,
  };
}

function decodeRenewal(row: CertificateRow): RenewalState {
  const start = decodeOptionalInstant(row.renewal_window_start);
  const end = decodeOptionalInstant(row.renewal_window_end);
  return {
    ...optional('renewAt', decodeOptionalInstant(row.renew_at)),
    ...optional('window', start === null || end === null ? null : { start, end }),
    ...optional('explanationUrl', row.renewal_explanation_url),
    ...optional('checkAt', decodeOptionalInstant(row.renewal_check_at)),
    ...optional('failures', row.renewal_failures),
  };
}

function decodeFailure(row: CertificateRow): FailureState | null {
  const { failure_count: count, failure_error: error } = row;
  const lastErrorAt = decodeOptionalInstant(row.failure_error_at);
  const retryAt = decodeOptionalInstant(row.failure_retry_at);
  if (count === null || error === null || lastErrorAt === null || retryAt === null) return null;
  const since = decodeOptionalInstant(row.failure_since);
  const parkedAt = decodeOptionalInstant(row.failure_parked_at);
  return {
    count,
    ...(since === null || since >= lastErrorAt ? {} : { since }),
    lastError: decodeJson(error) as WireError,
    lastErrorAt,
    retryAt,
    ...optional(
      'parked',
      parkedAt === null ? null : { since: parkedAt, message: row.failure_parked_message ?? '' },
    ),
  };
}

function decodeWaiting({ waiting }: CertificateRow): WaitState | null {
  if (waiting === null) return null;
  const { until, ...rest } = decodeJson(waiting) as Omit<WaitState, 'until'> & { until?: string };
  return { ...rest, ...(until === undefined ? {} : { until: new Date(until) }) };
}
