/**
 * The table of signed chains.
 *
 * @module
 */
import type { IssuanceTable } from '../store.ts';
import { prepareFindCertificate, prepareUpdateCertificate } from './certificates.ts';
import { eventOfIssuance, eventOfRevocation } from '../certificate-changes.ts';
import type { CertificateRecord } from '../records.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import { prepareFence } from './fence.ts';
import {
  decodeIssuance,
  encodeIssuance,
  ISSUANCE_COLUMNS,
  type IssuanceRow,
  prepareFindIssuance,
} from './issuance-row.ts';
import { prepareFinishOrder } from './orders.ts';
import { encodeInstant } from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';

export function createIssuanceTable(connection: Connection): IssuanceTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const insert = database.prepare<[IssuanceRow]>(
    `INSERT INTO issuances (${ISSUANCE_COLUMNS.list}) VALUES (${ISSUANCE_COLUMNS.parameters})`,
  );
  const ofCertificate = database.prepare<[string], IssuanceRow>(
    `SELECT ${ISSUANCE_COLUMNS.list} FROM issuances
     WHERE certificate_id = ? ORDER BY issued_at DESC, id DESC`,
  );
  const withKey = database.prepare<[string], IssuanceRow>(
    `SELECT ${ISSUANCE_COLUMNS.list} FROM issuances
     WHERE key_fingerprint256 = ? ORDER BY issued_at DESC, id DESC`,
  );
  const markRevoked = database.prepare<[number, string, string]>(
    'UPDATE issuances SET revoked_at = ?, revocation_reason = ? WHERE id = ?',
  );
  const find = prepareFindIssuance(database);
  const findCertificate = prepareFindCertificate(database);
  const insertSecret = prepareInsertSecret(database);
  const updateCertificate = prepareUpdateCertificate(database);
  const finishOrder = prepareFinishOrder(database);
  const check = prepareFence(database);

  const servedBefore = (certificate: CertificateRecord | undefined) =>
    certificate?.issuanceId === undefined ? undefined : find(certificate.issuanceId);

  return {
    record: ({ issuance, secret, certificate, orderId, fence }) =>
      write(`record the issuance ${issuance.id}`, () => {
        check(fence, `record the issuance ${issuance.id}`);
        if (secret !== undefined) insertSecret(secret);
        insert.run(encodeIssuance(issuance));
        if (orderId !== undefined) finishOrder(orderId, certificate.updatedAt);
        const before = findCertificate(certificate.id);
        const updated = updateCertificate(certificate);
        tell([eventOfIssuance(issuance, updated, servedBefore(before))]);
        return updated;
      }),
    find: (id) => read(`read the issuance ${id}`, () => find(id)),
    ofCertificate: (certificateId) =>
      read(`list the issuances of the certificate ${certificateId}`, () =>
        ofCertificate.all(certificateId).map(decodeIssuance),
      ),
    withKey: (keyFingerprint256) =>
      read('list the issuances with one key', () =>
        withKey.all(keyFingerprint256).map(decodeIssuance),
      ),
    markRevoked: (id, at, reason) =>
      write(`mark the issuance ${id} as revoked`, () => {
        const issuance = find(id);
        markRevoked.run(encodeInstant(at), reason, id);
        if (issuance === undefined || issuance.revokedAt !== undefined) return;
        const certificate = findCertificate(issuance.certificateId);
        if (certificate !== undefined) tell([eventOfRevocation(issuance, certificate, reason)]);
      }),
  };
}
