import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../../test/support/temp-dir.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import type { IdempotencyTable } from '../../store/access.ts';
import { createOnceOnly } from './idempotency.ts';

const REQUEST = {
  caller: 'token:1',
  key: 'k',
  method: 'POST',
  url: '/v1/x',
  body: {},
  isSecret: false,
};

async function openTable() {
  const directory = await openTempDir();
  const store = await openSqliteStore({ path: directory.file('certctl.db') });
  return {
    table: store.idempotency,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const full = async (): Promise<never> => {
  throw new AppError('store/unwritable', 'the disk is full');
};

describe('work with an Idempotency-Key', () => {
  it('is done once, however many ask at the same time', async () => {
    await using opened = await openTable();
    const once = createOnceOnly(opened.table, systemClock);
    const gate = Promise.withResolvers<void>();
    let done = 0;
    const work = async () => {
      await gate.promise;
      done += 1;
      return { body: done };
    };
    const asked = Array.from({ length: 20 }, async () => once(REQUEST, work));
    setImmediate(gate.resolve);
    const results = await Promise.allSettled(asked);
    expect(done).toBe(1);
    const answers = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const codes = results.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as AppError).code] : [],
    );
    expect(answers.length + codes.length).toBe(20);
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 1));
    expect(new Set(codes)).toEqual(new Set(['api/in-progress']));
    expect(await once(REQUEST, work)).toMatchObject({ headers: { 'idempotent-replayed': 'true' } });
  });

  it('that is done is not done again because its answer could not be kept', async () => {
    await using opened = await openTable();
    const table: IdempotencyTable = { ...opened.table, complete: full };
    const once = createOnceOnly(table, systemClock);
    let done = 0;
    const work = async () => ({ body: (done += 1) });
    expect(await once(REQUEST, work)).toEqual({ body: 1 });
    await expect(once(REQUEST, work)).rejects.toMatchObject({ code: 'api/in-progress' });
    expect(done).toBe(1);
  });

  it('that failed can be tried again, and its own fault is what is told', async () => {
    await using opened = await openTable();
    const once = createOnceOnly(opened.table, systemClock);
    await expect(once(REQUEST, full)).rejects.toMatchObject({ code: 'store/unwritable' });
    expect(await once(REQUEST, async () => ({ body: 1 }))).toEqual({ body: 1 });
    const stuck = createOnceOnly({ ...opened.table, release: full }, systemClock);
    const fails = async (): Promise<never> => {
      throw new AppError('input/invalid', 'x');
    };
    const other = { ...REQUEST, key: 'other' };
    await expect(stuck(other, fails)).rejects.toMatchObject({ code: 'input/invalid' });
  });
});
