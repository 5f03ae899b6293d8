/**
 * The tables of token buckets and pauses.
 *
 * @module
 */
import { chargeToken, drawToken, returnToken } from '../../core/token-bucket.ts';
import type { BudgetDraw, BudgetTable, Shortage } from '../budgets.ts';
import type { PauseRecord } from '../records.ts';
import type { Connection } from './connection.ts';
import {
  decodeInstant,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  optional,
} from './rows.ts';

interface PauseRow {
  readonly scope: string;
  readonly until: number | null;
  readonly reason: string;
  readonly url: string | null;
}

export function createBudgetTable({ database, read, write }: Connection): BudgetTable {
  const fullAt = database
    .prepare<[string], number>('SELECT full_at FROM buckets WHERE scope = ?')
    .pluck();
  const save = database.prepare<[string, number]>(
    `INSERT INTO buckets (scope, full_at) VALUES (?, ?)
     ON CONFLICT (scope) DO UPDATE SET full_at = excluded.full_at`,
  );
  const removeBucket = database.prepare<[string]>('DELETE FROM buckets WHERE scope = ?');
  const removeFull = database.prepare<[number]>('DELETE FROM buckets WHERE full_at <= ?');
  const savePause = database.prepare<[PauseRow]>(
    `INSERT INTO pauses (scope, until, reason, url) VALUES (@scope, @until, @reason, @url)
     ON CONFLICT (scope) DO UPDATE SET until = @until, reason = @reason, url = @url
     WHERE until IS NOT NULL AND (@until IS NULL OR until < @until)`,
  );
  const findPause = database.prepare<[string, number], PauseRow>(
    `SELECT scope, until, reason, url FROM pauses
     WHERE scope = ? AND (until IS NULL OR until > ?)`,
  );
  const removeOver = database.prepare<[number]>('DELETE FROM pauses WHERE until <= ?');
  const lift = database.prepare<[string]>('DELETE FROM pauses WHERE scope = ? AND until IS NULL');

  function change(
    draws: readonly BudgetDraw[],
    now: Date,
    apply: typeof chargeToken | typeof returnToken,
  ): void {
    const instant = encodeInstant(now);
    for (const { scope, limit } of draws) save.run(scope, apply(fullAt.get(scope), limit, instant));
    removeFull.run(instant);
  }

  function take(draws: readonly BudgetDraw[], now: number): Shortage | undefined {
    let last: { scope: string; retryAt: number } | undefined;
    const filled: [string, number][] = [];
    for (const { scope, limit, isOnlyAsked } of draws) {
      const draw = drawToken(fullAt.get(scope), limit, now);
      if (!draw.isGranted) {
        if (last === undefined || draw.retryAt > last.retryAt) {
          last = { scope, retryAt: draw.retryAt };
        }
      } else if (isOnlyAsked !== true) filled.push([scope, draw.fullAt]);
    }
    if (last !== undefined) return { scope: last.scope, retryAt: decodeInstant(last.retryAt) };
    for (const [scope, instant] of filled) save.run(scope, instant);
    removeFull.run(now);
    return undefined;
  }

  return {
    take: (draws, now) => write('draw on the budgets', () => take(draws, encodeInstant(now))),
    charge: (draws, now) => write('charge the budgets', () => change(draws, now, chargeToken)),
    giveBack: (draws, now) =>
      write('give back to the budgets', () => change(draws, now, returnToken)),
    refill: (scopes) =>
      write('refill the budgets', () => {
        for (const scope of scopes) removeBucket.run(scope);
      }),
    pause: (pause, now) =>
      write(`pause ${pause.scope}`, () => {
        removeOver.run(encodeInstant(now));
        savePause.run({
          scope: pause.scope,
          until: encodeOptionalInstant(pause.until),
          reason: pause.reason,
          url: pause.url ?? null,
        });
      }),
    findPauses: (scopes, now) =>
      read('find what is paused', () =>
        scopes
          .flatMap((scope) => findPause.get(scope, encodeInstant(now)) ?? [])
          .toSorted((left, right) => endOf(right) - endOf(left))
          .map(decode),
      ),
    liftPauses: (scopes) =>
      write('lift pauses', () => {
        for (const scope of scopes) lift.run(scope);
      }),
  };
}

/** Finite, so that two without an end compare as equal. */
function endOf({ until }: PauseRow): number {
  return until ?? Number.MAX_SAFE_INTEGER;
}

function decode(row: PauseRow): PauseRecord {
  return {
    scope: row.scope,
    ...optional('until', decodeOptionalInstant(row.until)),
    reason: row.reason,
    ...optional('url', row.url),
  };
}
