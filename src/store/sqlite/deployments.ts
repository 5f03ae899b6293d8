/**
 * The table of what targets have.
 *
 * @module
 */
import type { WireError } from '../../core/error-wire.ts';
import type { DeploymentRecord, DeploymentTable } from '../deployments.ts';
import { eventsOfDeployment } from '../deployment-changes.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import { prepareFindIssuance } from './issuance-row.ts';
import { columnsOf, decodeJson, encodeInstant, encodeOptionalInstant } from './rows.ts';

interface DeploymentRow {
  readonly certificate_id: string;
  readonly target: string;
  readonly issuance_id: string | null;
  readonly settings_digest: string | null;
  readonly message: string | null;
  readonly deployed_at: number | null;
  readonly failures: number;
  readonly failed_issuance_id: string | null;
  readonly error: string | null;
  readonly failed_at: number | null;
  readonly retry_at: number | null;
}

const COLUMNS = columnsOf([
  'certificate_id',
  'target',
  'issuance_id',
  'settings_digest',
  'message',
  'deployed_at',
  'failures',
  'failed_issuance_id',
  'error',
  'failed_at',
  'retry_at',
]);
const SELECT = `SELECT ${COLUMNS.list} FROM deployments`;

export function createDeploymentTable(connection: Connection): DeploymentTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const findIssuance = prepareFindIssuance(database);
  const save = database.prepare<[DeploymentRow]>(
    `INSERT OR REPLACE INTO deployments (${COLUMNS.list}) SELECT ${COLUMNS.parameters}
     WHERE EXISTS (SELECT 1 FROM certificates WHERE id = @certificate_id)`,
  );
  const find = database.prepare<[string, string], DeploymentRow>(
    `${SELECT} WHERE certificate_id = ? AND target = ?`,
  );
  const ofCertificate = database.prepare<[string], DeploymentRow>(
    `${SELECT} WHERE certificate_id = ? ORDER BY target`,
  );
  const list = database.prepare<[], DeploymentRow>(`${SELECT} ORDER BY certificate_id, target`);
  const due = database.prepare<[number, number], DeploymentRow>(
    `${SELECT} WHERE retry_at <= ? ORDER BY retry_at LIMIT ?`,
  );
  const earliest = database
    .prepare<[number], number | null>('SELECT min(retry_at) FROM deployments WHERE retry_at > ?')
    .pluck();
  const remove = database.prepare<[string, string]>(
    'DELETE FROM deployments WHERE certificate_id = ? AND target = ?',
  );
  return {
    save: (record) =>
      write('record a deployment', () => {
        const before = find.get(record.certificateId, record.target);
        if (save.run(encode(record)).changes === 0) return;
        tell(eventsOfDeployment(before && decode(before), record, findIssuance));
      }),
    find: (certificateId, target) =>
      read('find a deployment', () => {
        const row = find.get(certificateId, target);
        return row === undefined ? undefined : decode(row);
      }),
    ofCertificate: (certificateId) =>
      read('list deployments', () => ofCertificate.all(certificateId).map(decode)),
    list: () => read('list deployments', () => list.all().map(decode)),
    retriesDue: (now, limit) =>
      read('list deployments', () => due.all(encodeInstant(now), limit).map(decode)),
    earliestRetryAt: (after) =>
      read('look for the next deployment', () => {
        const at = earliest.get(encodeInstant(after));
        return at === undefined || at === null ? undefined : new Date(at);
      }),
    remove: (certificateId, target) =>
      write('forget a deployment', () => {
        remove.run(certificateId, target);
      }),
  };
}

function encode({ certificateId, target, deployed, failure }: DeploymentRecord): DeploymentRow {
  return {
    certificate_id: certificateId,
    target,
    issuance_id: deployed?.issuanceId ?? null,
    settings_digest: deployed?.settingsDigest ?? null,
    message: deployed?.message ?? null,
    deployed_at: encodeOptionalInstant(deployed?.at),
    failures: failure?.count ?? 0,
    failed_issuance_id: failure?.issuanceId ?? null,
    error: failure === undefined ? null : JSON.stringify(failure.error),
    failed_at: encodeOptionalInstant(failure?.at),
    retry_at: encodeOptionalInstant(failure?.retryAt),
  };
}

function decode(row: DeploymentRow): DeploymentRecord {
  return {
    certificateId: row.certificate_id,
    target: row.target,
    ...(row.issuance_id === null || row.deployed_at === null
      ? {}
      : {
          deployed: {
            issuanceId: row.issuance_id,
            settingsDigest: row.settings_digest ?? '',
            message: row.message ?? '',
            at: new Date(row.deployed_at),
          },
        }),
    ...(row.error === null || row.failed_at === null || row.retry_at === null
      ? {}
      : {
          failure: {
            count: row.failures,
            issuanceId: row.failed_issuance_id ?? '',
            // Written by us, from such a value.
            error: decodeJson(row.error) as WireError,
            at: new Date(row.failed_at),
            retryAt: new Date(row.retry_at),
          },
        }),
  };
}
