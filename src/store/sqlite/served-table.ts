/**
 * The table of what clients get instead of what is stored.
 *
 * @module
 */
import type { Name } from '../../core/names.ts';
import { eventOfFault, eventOfRecovery } from '../served-changes.ts';
import type { ServedFault, ServedTable } from '../served.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import { columnsOf, encodeInstant } from './rows.ts';

interface ServedRow {
  readonly certificate_id: string;
  readonly name: string;
  readonly address: string;
  readonly kind: ServedFault['kind'];
  readonly message: string;
  readonly serial: string;
  readonly served_serial: string | null;
  readonly since: number;
  readonly seen_at: number;
}

const COLUMNS = columnsOf([
  'certificate_id',
  'name',
  'address',
  'kind',
  'message',
  'serial',
  'served_serial',
  'since',
  'seen_at',
]);
const SELECT = `SELECT ${COLUMNS.list} FROM served_faults`;

export function createServedTable(connection: Connection): ServedTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const save = database.prepare<[ServedRow]>(
    `INSERT OR REPLACE INTO served_faults (${COLUMNS.list}) SELECT ${COLUMNS.parameters}
     WHERE EXISTS (SELECT 1 FROM certificates WHERE id = @certificate_id)`,
  );
  const find = database.prepare<[string, string], ServedRow>(
    `${SELECT} WHERE certificate_id = ? AND name = ?`,
  );
  const all = database.prepare<[], ServedRow>(`${SELECT} ORDER BY certificate_id, name`);
  const some = database.prepare<[string], ServedRow>(
    `${SELECT} WHERE certificate_id = ? ORDER BY name`,
  );
  const count = database.prepare<[], number>('SELECT count(*) FROM served_faults').pluck();
  const remove = database.prepare<[string, string]>(
    'DELETE FROM served_faults WHERE certificate_id = ? AND name = ?',
  );
  const forget = database.prepare<[number]>('DELETE FROM served_faults WHERE seen_at < ?');
  return {
    report: (fault) =>
      write('record what is served', () => {
        const row = find.get(fault.certificateId, fault.name);
        const before = row && decode(row);
        const since = before?.since ?? fault.since;
        if (save.run(encode({ ...fault, since })).changes === 0) return;
        tell(eventOfFault(before, fault));
      }),
    clear: (certificateId, name) =>
      write('record what is served', () => {
        const row = find.get(certificateId, name);
        if (row === undefined) return;
        remove.run(certificateId, name);
        tell([eventOfRecovery(decode(row))]);
      }),
    list: (certificateId) =>
      read('list what is served', () =>
        (certificateId === undefined ? all.all() : some.all(certificateId)).map(decode),
      ),
    count: () => read('count what is served', () => count.get() ?? 0),
    forget: (before) =>
      write('forget what was served', () => {
        forget.run(encodeInstant(before));
      }),
  };
}

function encode(fault: ServedFault): ServedRow {
  const { certificateId, servedSerial, since, seenAt, ...same } = fault;
  return {
    ...same,
    certificate_id: certificateId,
    served_serial: servedSerial ?? null,
    since: encodeInstant(since),
    seen_at: encodeInstant(seenAt),
  };
}

function decode({
  certificate_id,
  served_serial,
  since,
  seen_at,
  ...same
}: ServedRow): ServedFault {
  return {
    ...same,
    certificateId: certificate_id,
    name: same.name as Name,
    ...(served_serial === null ? {} : { servedSerial: served_serial }),
    since: new Date(since),
    seenAt: new Date(seen_at),
  };
}
