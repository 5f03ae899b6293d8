/**
 * Fills a database with certificates of every state, as an operator of many sites would have them.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { DAY_MS, HOUR_MS } from '../../src/core/clock.ts';
import { parseName } from '../../src/core/names.ts';
import type { CertificateRecord } from '../../src/store/records.ts';
import { createCertificateTable } from '../../src/store/sqlite/certificates.ts';
import { configureConnection } from '../../src/store/sqlite/connection.ts';
import { createIssuanceTable } from '../../src/store/sqlite/issuances.ts';

const AT_ONCE = 5_000;
const WORDS = ['shop', 'api', 'mail', 'docs', 'cdn', 'login', 'status', 'files', 'app', 'www'];
const ZONES = ['example.com', 'example.net', 'example.org', 'customer.test'];
const LIFE_MS = 90 * DAY_MS;

/** Each method is a transaction of its own elsewhere; here many share one. */
async function atOnce<T>(_task: string, work: () => T): Promise<T> {
  return work();
}

export function storedName(index: number): string {
  const word = WORDS[index % WORDS.length];
  return `${word}-${String(index).padStart(6, '0')}.${ZONES[index % ZONES.length]}`;
}

/**
 * Of a hundred certificates: two fail, one has expired, one was revoked, two are not there yet.
 *
 * @param chainPem that of all of them: nobody is served any
 */
export async function storeInventory(
  path: string,
  count: number,
  { now, chainPem }: { readonly now: Date; readonly chainPem: string },
): Promise<void> {
  const database = new Database(path, { fileMustExist: true });
  configureConnection(database);
  const connection = { database, clock: { now: () => now }, read: atOnce, write: atOnce };
  const clocked = connection as unknown as Parameters<typeof createCertificateTable>[0];
  const certificates = createCertificateTable(clocked);
  const issuances = createIssuanceTable(clocked);
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    database.exec('BEGIN IMMEDIATE');
    for (let index = begin; index < Math.min(begin + AT_ONCE, count); index += 1) {
      const record = recordOf(index, now);
      await certificates.insert(record);
      if (index % 100 < 2) continue;
      const id = `i${record.id}`;
      await issuances.record({
        issuance: {
          id,
          certificateId: record.id,
          issuer: record.spec.issuers[0] ?? '',
          names: record.spec.names,
          keyType: 'ec256',
          serial: index.toString(16).padStart(20, '0'),
          fingerprint256: index.toString(16).padStart(64, '0'),
          chainPem,
          issuedAt: record.createdAt,
          ...lifeOf(index, now),
          ...(index % 100 === 3
            ? {
                revokedAt: new Date(now.getTime() - DAY_MS),
                revocationReason: 'superseded' as const,
              }
            : {}),
        },
        certificate: { ...record, issuanceId: id },
      });
    }
    database.exec('COMMIT');
  }
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

function recordOf(index: number, now: Date): CertificateRecord {
  const name = storedName(index);
  const others = index % 7 === 0 ? [`www.${name}`] : [];
  const createdAt = new Date(now.getTime() - 80 * DAY_MS);
  return {
    // As ids of those times sort.
    id: `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    spec: {
      names: [name, ...others].map(parseName),
      keyType: 'ec256',
      issuers: [index % 5 === 0 ? 'internal' : 'letsencrypt'],
      challenges: ['http-01'],
    },
    source: 'added',
    renewal: {},
    ...(index % 100 === 4 || index % 100 === 5
      ? {
          failure: {
            count: 1 + (index % 9),
            lastError: {
              code: 'acme/challenge-failed',
              message: `the CA could not connect to ${name}`,
              mend: 'Let the CA reach port 80 of the host.',
            },
            lastErrorAt: new Date(now.getTime() - HOUR_MS),
            retryAt: new Date(now.getTime() + 6 * HOUR_MS),
          },
        }
      : {}),
    // Nobody renews while something else is looked at.
    nextActionAt: new Date(now.getTime() + 365 * DAY_MS),
    createdAt,
    updatedAt: createdAt,
    revision: 1,
  };
}

function lifeOf(index: number, now: Date): { notBefore: Date; notAfter: Date } {
  const left = index % 100 === 2 ? -DAY_MS : ((index * 7_919) % 1_000) * 0.09 * DAY_MS + HOUR_MS;
  const notAfter = new Date(now.getTime() + left);
  return { notBefore: new Date(notAfter.getTime() - LIFE_MS), notAfter };
}
