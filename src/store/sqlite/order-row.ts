/**
 * An order's journal as its row.
 *
 * @module
 */
import type {
  CertificateSpec,
  ChallengeType,
  FailedChallenge,
} from '../../core/certificate-spec.ts';
import type { WireError } from '../../core/error-wire.ts';
import type { AnswerRecord, OrderOutcome, OrderRecord } from '../records.ts';
import {
  columnsOf,
  decodeBytes,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  encodeOptionalJson,
  optional,
} from './rows.ts';

export interface OrderRow {
  readonly id: string;
  readonly certificate_id: string;
  readonly issuer: string;
  readonly spec: string;
  readonly reason: string;
  readonly key_secret_id: string | null;
  readonly csr: Uint8Array;
  readonly replaces: string | null;
  readonly is_rehearsal: number;
  readonly replaces_refused: number | null;
  readonly has_no_order: number | null;
  readonly url: string | null;
  readonly finalize_url: string | null;
  readonly certificate_url: string | null;
  readonly challenge: string | null;
  readonly answers: string;
  readonly failed_challenges: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly finished_at: number | null;
  readonly outcome: string | null;
  readonly error: string | null;
}

export const ORDER_COLUMNS = columnsOf([
  'id',
  'certificate_id',
  'issuer',
  'spec',
  'reason',
  'key_secret_id',
  'csr',
  'replaces',
  'is_rehearsal',
  'replaces_refused',
  'has_no_order',
  'url',
  'finalize_url',
  'certificate_url',
  'challenge',
  'answers',
  'failed_challenges',
  'created_at',
  'updated_at',
  'finished_at',
  'outcome',
  'error',
] satisfies (keyof OrderRow)[]);

export function encodeOrder(record: OrderRecord): OrderRow {
  return {
    id: record.id,
    certificate_id: record.certificateId,
    issuer: record.issuer,
    spec: JSON.stringify(record.spec),
    reason: record.reason,
    key_secret_id: record.keySecretId ?? null,
    csr: record.csr,
    replaces: record.replaces ?? null,
    is_rehearsal: record.isRehearsal === true ? 1 : 0,
    replaces_refused: record.replacesRefused === true ? 1 : null,
    has_no_order: record.hasNoOrder === true ? 1 : null,
    url: record.url ?? null,
    finalize_url: record.finalizeUrl ?? null,
    certificate_url: record.certificateUrl ?? null,
    challenge: record.challenge ?? null,
    answers: JSON.stringify(record.answers),
    failed_challenges: encodeOptionalJson(record.failedChallenges),
    created_at: encodeInstant(record.createdAt),
    updated_at: encodeInstant(record.updatedAt),
    finished_at: encodeOptionalInstant(record.finishedAt),
    outcome: record.outcome ?? null,
    error: encodeOptionalJson(record.error),
  };
}

export function decodeOrder(row: OrderRow): OrderRecord {
  return {
    id: row.id,
    certificateId: row.certificate_id,
    issuer: row.issuer,
    spec: decodeJson(row.spec) as CertificateSpec,
    reason: row.reason,
    ...optional('keySecretId', row.key_secret_id),
    csr: decodeBytes(row.csr),
    ...optional('replaces', row.replaces),
    ...optional('isRehearsal', row.is_rehearsal === 0 ? null : (true as const)),
    ...optional('replacesRefused', row.replaces_refused === null ? null : true),
    ...optional('hasNoOrder', row.has_no_order === null ? null : true),
    ...optional('url', row.url),
    ...optional('finalizeUrl', row.finalize_url),
    ...optional('certificateUrl', row.certificate_url),
    ...optional('challenge', row.challenge as ChallengeType | null),
    answers: decodeJson(row.answers) as AnswerRecord[],
    ...optional('failedChallenges', decodeFailedChallenges(row.failed_challenges)),
    createdAt: decodeInstant(row.created_at),
    updatedAt: decodeInstant(row.updated_at),
    ...optional('finishedAt', decodeOptionalInstant(row.finished_at)),
    ...optional('outcome', row.outcome as OrderOutcome | null),
    ...optional('error', row.error === null ? null : (decodeJson(row.error) as WireError)),
  };
}

function decodeFailedChallenges(text: string | null): FailedChallenge[] | null {
  return text === null ? null : (decodeJson(text) as FailedChallenge[]);
}
