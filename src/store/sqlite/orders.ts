/**
 * The table of order journals.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import type { OrderRecord } from '../records.ts';
import type { OrderTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { prepareFence } from './fence.ts';
import { decodeOrder, encodeOrder, ORDER_COLUMNS, type OrderRow } from './order-row.ts';
import { encodeInstant } from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';
import { conflict } from './store-error.ts';

const SELECT = `SELECT ${ORDER_COLUMNS.list} FROM orders`;

export function createOrderTable({ database, read, write }: Connection): OrderTable {
  const insert = database.prepare<[OrderRow]>(
    `INSERT INTO orders (${ORDER_COLUMNS.list}) VALUES (${ORDER_COLUMNS.parameters})`,
  );
  // Who still works on an order that somebody else has finished must not open it again.
  const update = database.prepare<[OrderRow]>(
    `UPDATE orders SET ${ORDER_COLUMNS.assignments}
     WHERE id = @id AND (outcome IS NULL OR outcome IS @outcome)`,
  );
  const byId = database.prepare<[string], OrderRow>(`${SELECT} WHERE id = ?`);
  const unfinishedOf = database.prepare<[string], OrderRow>(
    `${SELECT} WHERE certificate_id = ? AND outcome IS NULL`,
  );
  const unfinished = database.prepare<[], OrderRow>(
    `${SELECT} WHERE outcome IS NULL ORDER BY created_at, id`,
  );
  const withLeftovers = database.prepare<[number], OrderRow>(
    `${SELECT} WHERE outcome IS NOT NULL AND answers <> '[]' ORDER BY created_at, id LIMIT ?`,
  );
  const unknownAmong = database.prepare<[string], { readonly url: string }>(
    `SELECT listed.value AS url FROM json_each(?) AS listed
     WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.url = listed.value) ORDER BY listed.key`,
  );
  const insertSecret = prepareInsertSecret(database);
  const check = prepareFence(database);

  return {
    open: (order, secret, fence) =>
      write(`open the order ${order.id}`, () => {
        check(fence, `open the order ${order.id}`);
        if (secret !== undefined) insertSecret(secret);
        insert.run(encodeOrder(order));
      }),
    update: (order, fence) => {
      const task = `update the order ${order.id}`;
      return write(task, () => {
        check(fence, task);
        if (update.run(encodeOrder(order)).changes === 0) throw endedElsewhere(task);
      });
    },
    find: (id) => read(`read the order ${id}`, () => decodeFound(byId.get(id))),
    unfinishedOf: (certificateId) =>
      read(`find the unfinished order of the certificate ${certificateId}`, () =>
        decodeFound(unfinishedOf.get(certificateId)),
      ),
    unfinished: () => read('list the unfinished orders', () => unfinished.all().map(decodeOrder)),
    withLeftovers: (limit) =>
      read('list the orders with leftovers', () => withLeftovers.all(limit).map(decodeOrder)),
    unknownAmong: (urls) =>
      read('look for orders by their URLs', () =>
        unknownAmong.all(JSON.stringify(urls)).map(({ url }) => url),
      ),
  };
}

/** For the transactions of other tables: ends the order with its certificate issued. */
export function prepareFinishOrder(database: Database.Database): (id: string, at: Date) => void {
  const finish = database.prepare<{ id: string; at: number }>(
    `UPDATE orders SET outcome = 'issued', finished_at = @at, updated_at = @at
     WHERE id = @id AND outcome IS NULL`,
  );
  return (id, at) => {
    if (finish.run({ id, at: encodeInstant(at) }).changes === 0) {
      throw endedElsewhere(`finish the order ${id}`);
    }
  };
}

function decodeFound(row: OrderRow | undefined): OrderRecord | undefined {
  return row === undefined ? undefined : decodeOrder(row);
}

function endedElsewhere(task: string): Error {
  return conflict(task, 'another process has finished or removed it');
}
