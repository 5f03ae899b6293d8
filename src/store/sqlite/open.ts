/**
 * Opens the store in one SQLite file.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { resolve } from 'node:path';
import { type Clock, SECOND_MS, systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Store } from '../store.ts';
import { createAccountTable } from './accounts.ts';
import { createAuditTable } from './audit.ts';
import { createAuthorityTable } from './authorities.ts';
import { createBudgetTable } from './budgets.ts';
import { createCertificateTable } from './certificates.ts';
import {
  configureConnection,
  createConnection,
  enableWriteAheadLog,
  ensureDatabaseFile,
} from './connection.ts';
import { createIdempotencyTable } from './idempotency.ts';
import { createInventoryTable } from './inventory.ts';
import { createDeploymentTable } from './deployments.ts';
import { createDeliveryTable } from './deliveries.ts';
import { createEventTable } from './events.ts';
import { createIssuanceTable } from './issuances.ts';
import { createIssuerTable } from './issuers.ts';
import { createLeaseTable } from './leases.ts';
import { checkSchema, loadMigrations, migrate, type Migration } from './migrate.ts';
import { createOrderTable } from './orders.ts';
import { createServedTable } from './served-table.ts';
import { createSecretTable } from './secrets.ts';
import { createStatisticsTable } from './statistics.ts';
import { createSessionTable } from './sessions.ts';
import { storeError } from './store-error.ts';
import { createTicketSecretTable } from './ticket-secrets.ts';
import { createTokenTable } from './tokens.ts';

export interface SqliteStoreOptions {
  /** Created where there is none; its directory must exist. */
  readonly path: string;
  /** How long a method waits for another process before it fails with `store/busy`. */
  readonly busyTimeoutMs?: number;
  readonly clock?: Clock;
}

const DEFAULT_BUSY_TIMEOUT_MS = 5 * SECOND_MS;
const OPEN_RETRY_MS = 20;

/** @throws `store/newer`, `store/corrupt`, `store/busy`, `store/unwritable`. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS, clock = systemClock } = options;
  // Absolute, because SQLite gives `file:` and `:memory:` a meaning of their own.
  const path = resolve(options.path);
  const migrations = await loadMigrations();
  const deadline = clock.now().getTime() + busyTimeoutMs;
  for (;;) {
    try {
      await ensureDatabaseFile(path);
      return createStore(openDatabase(path, busyTimeoutMs, migrations, clock.now()), clock);
    } catch (thrown) {
      const error = storeError(thrown, `open the database ${path}`);
      // While two processes turn on the log of one new file, SQLite fails without waiting.
      if (!isBusy(error) || clock.now().getTime() >= deadline) throw error;
      await clock.sleep(OPEN_RETRY_MS);
    }
  }
}

function openDatabase(
  path: string,
  timeout: number,
  migrations: readonly Migration[],
  now: Date,
): Database.Database {
  const database = new Database(path, { timeout, fileMustExist: true });
  try {
    configureConnection(database);
    checkSchema(database, migrations, path);
    enableWriteAheadLog(database);
    migrate(database, migrations, now);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function createStore(database: Database.Database, clock: Clock): Store {
  const connection = createConnection(database, clock);
  const dataVersion = database.prepare<[], number>('PRAGMA data_version').pluck();
  return {
    certificates: createCertificateTable(connection),
    issuances: createIssuanceTable(connection),
    orders: createOrderTable(connection),
    accounts: createAccountTable(connection),
    authorities: createAuthorityTable(connection),
    issuers: createIssuerTable(connection),
    secrets: createSecretTable(connection),
    ticketSecrets: createTicketSecretTable(connection),
    leases: createLeaseTable(connection),
    budgets: createBudgetTable(connection),
    inventory: createInventoryTable(connection),
    tokens: createTokenTable(connection),
    sessions: createSessionTable(connection),
    audit: createAuditTable(connection),
    idempotency: createIdempotencyTable(connection),
    deployments: createDeploymentTable(connection),
    events: createEventTable(connection),
    deliveries: createDeliveryTable(connection),
    served: createServedTable(connection),
    statistics: createStatisticsTable(connection),
    foreignChanges: () =>
      connection.read('look for changes in the database', () => dataVersion.get() ?? 0),
    close: async () => {
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof AppError && error.code === 'store/busy';
}
