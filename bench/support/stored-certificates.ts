/**
 * Fills the database of a data directory with certificates that can be served, by the store's own
 * statements in large transactions.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, systemClock } from '../../src/core/clock.ts';
import { createSealedKeys } from '../../src/lifecycle/sealed-keys.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import { openKeyring } from '../../src/main/keyring.ts';
import type { CertificateRecord } from '../../src/store/records.ts';
import { createCertificateTable } from '../../src/store/sqlite/certificates.ts';
import { configureConnection } from '../../src/store/sqlite/connection.ts';
import { createIssuanceTable } from '../../src/store/sqlite/issuances.ts';
import { createSecretTable } from '../../src/store/sqlite/secrets.ts';
import { openCertificateFactory } from './certificate-factory.ts';

const AT_ONCE = 5_000;

/** Each method is a transaction of its own elsewhere; here many share one. */
async function atOnce<T>(_task: string, work: () => T): Promise<T> {
  return work();
}

/** The daemon has been there before, and is not there now. */
export async function storeCertificates(dataDir: string, count: number): Promise<void> {
  const path = join(dataDir, 'certctl.db');
  const database = new Database(path, { fileMustExist: true });
  configureConnection(database);
  const connection = { database, clock: systemClock, read: atOnce, write: atOnce };
  const certificates = createCertificateTable(connection);
  const issuances = createIssuanceTable(connection);
  const source = fileKekSource({ path: join(dataDir, 'keyring.json') });
  const secrets = createSecretTable(connection);
  const keys = createSealedKeys(
    secrets,
    await openKeyring(source, secrets, AbortSignal.timeout(10_000)),
  );
  const createdAt = systemClock.now();
  const factory = await openCertificateFactory(createdAt);
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    database.exec('BEGIN IMMEDIATE');
    for (let index = begin; index < Math.min(begin + AT_ONCE, count); index += 1) {
      const { name, privateKey, ...made } = factory.make(index);
      const id = `bench-${String(index).padStart(8, '0')}`;
      const certificate: CertificateRecord = {
        id,
        spec: { names: [name], keyType: 'ec256', issuers: ['internal'], challenges: [] },
        source: 'added',
        renewal: {},
        // Nobody renews while something else is measured.
        nextActionAt: new Date(createdAt.getTime() + 30 * DAY_MS),
        createdAt,
        updatedAt: createdAt,
        revision: 1,
      };
      await certificates.insert(certificate);
      await issuances.record({
        issuance: {
          id,
          certificateId: id,
          issuer: 'internal',
          names: [name],
          keyType: 'ec256',
          keySecretId: id,
          issuedAt: createdAt,
          ...made,
        },
        secret: keys.seal(id, privateKey),
        certificate: { ...certificate, issuanceId: id },
      });
    }
    database.exec('COMMIT');
  }
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  const file = await open(path);
  await file.sync();
  await file.close();
}
