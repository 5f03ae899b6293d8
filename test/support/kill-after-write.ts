/**
 * Loaded into a program before its own code (`node --import`): kills the process after a write.
 *
 * Every write to the database is one transaction. The one whose turn it is, by `KILL_AFTER_WRITE`,
 * is on disk, and nothing that follows it has happened. `WRITES_FILE` gets a line for each of them.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { appendFileSync } from 'node:fs';

type Work = (...args: unknown[]) => unknown;
type Execute = (this: Database.Statement, ...args: unknown[]) => unknown;

const last = Number(process.env['KILL_AFTER_WRITE'] ?? 0);
const writesFile = process.env['WRITES_FILE'];
let statements: string[] = [];
let writes = 0;

const prototype = Database.prototype as unknown as Record<'transaction' | 'prepare', Work>;
const makeTransaction = prototype.transaction;
prototype.transaction = function transaction(this: unknown, ...args: unknown[]): unknown {
  const made = makeTransaction.apply(this, args) as Record<'immediate' | 'deferred', Work>;
  return {
    deferred: (...given: unknown[]) => made.deferred(...given),
    immediate: (...given: unknown[]) => {
      statements = [];
      const result = made.immediate(...given);
      if (statements.length > 0) countWrite();
      return result;
    },
  };
};

const sample = new Database(':memory:');
const statement = Object.getPrototypeOf(sample.prepare('SELECT 1')) as Record<string, Execute>;
for (const name of ['run', 'get', 'all']) {
  const execute = statement[name];
  if (execute === undefined) continue;
  statement[name] = function counted(this: Database.Statement, ...args: unknown[]): unknown {
    const written = /^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)/i.exec(this.source);
    if (written !== null) statements.push(`${written[1]?.split(' ')[0]} ${written[2]}`);
    return execute.apply(this, args);
  };
}
sample.close();

function countWrite(): void {
  writes += 1;
  if (writesFile !== undefined) appendFileSync(writesFile, `${statements.join(', ')}\n`);
  if (writes === last) process.kill(process.pid, 'SIGKILL');
}
