/**
 * An issuance's record as its row.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import type { KeyType } from '../../core/certificate-spec.ts';
import type { Name } from '../../core/names.ts';
import type { IssuanceRecord } from '../records.ts';
import {
  columnsOf,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  optional,
} from './rows.ts';

export interface IssuanceRow {
  readonly id: string;
  readonly certificate_id: string;
  readonly issuer: string;
  readonly names: string;
  readonly key_type: string;
  readonly serial: string;
  readonly fingerprint256: string;
  readonly key_fingerprint256: string | null;
  readonly ari_id: string | null;
  readonly profile: string | null;
  readonly chain_pem: string;
  readonly key_secret_id: string | null;
  readonly not_before: number;
  readonly not_after: number;
  readonly issued_at: number;
  readonly revoked_at: number | null;
  readonly revocation_reason: string | null;
}

export const ISSUANCE_COLUMNS = columnsOf([
  'id',
  'certificate_id',
  'issuer',
  'names',
  'key_type',
  'serial',
  'fingerprint256',
  'key_fingerprint256',
  'ari_id',
  'profile',
  'chain_pem',
  'key_secret_id',
  'not_before',
  'not_after',
  'issued_at',
  'revoked_at',
  'revocation_reason',
] satisfies (keyof IssuanceRow)[]);

/** For the transactions of other tables. */
export function prepareFindIssuance(
  database: Database.Database,
): (id: string) => IssuanceRecord | undefined {
  const byId = database.prepare<[string], IssuanceRow>(
    `SELECT ${ISSUANCE_COLUMNS.list} FROM issuances WHERE id = ?`,
  );
  return (id) => {
    const row = byId.get(id);
    return row === undefined ? undefined : decodeIssuance(row);
  };
}

export function encodeIssuance(record: IssuanceRecord): IssuanceRow {
  return {
    id: record.id,
    certificate_id: record.certificateId,
    issuer: record.issuer,
    names: JSON.stringify(record.names),
    key_type: record.keyType,
    serial: record.serial,
    fingerprint256: record.fingerprint256,
    key_fingerprint256: record.keyFingerprint256 ?? null,
    ari_id: record.ariId ?? null,
    profile: record.profile ?? null,
    chain_pem: record.chainPem,
    key_secret_id: record.keySecretId ?? null,
    not_before: encodeInstant(record.notBefore),
    not_after: encodeInstant(record.notAfter),
    issued_at: encodeInstant(record.issuedAt),
    revoked_at: encodeOptionalInstant(record.revokedAt),
    revocation_reason: record.revocationReason ?? null,
  };
}

export function decodeIssuance(row: IssuanceRow): IssuanceRecord {
  return {
    id: row.id,
    certificateId: row.certificate_id,
    issuer: row.issuer,
    names: decodeJson(row.names) as Name[],
    keyType: row.key_type as KeyType,
    serial: row.serial,
    fingerprint256: row.fingerprint256,
    ...optional('keyFingerprint256', row.key_fingerprint256),
    ...optional('ariId', row.ari_id),
    ...optional('profile', row.profile),
    chainPem: row.chain_pem,
    ...optional('keySecretId', row.key_secret_id),
    notBefore: decodeInstant(row.not_before),
    notAfter: decodeInstant(row.not_after),
    issuedAt: decodeInstant(row.issued_at),
    ...optional('revokedAt', decodeOptionalInstant(row.revoked_at)),
    ...optional('revocationReason', row.revocation_reason),
  };
}
