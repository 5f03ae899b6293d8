/**
 * What the API's servers need, on a store of one test.
 *
 * @module
 */
import { type ApiParts, createApiParts } from '../../src/api/parts.ts';
import type { Operations } from '../../src/api/operations.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createNameSource } from '../../src/main/name-source.ts';
import { createLog } from '../../src/observe/log.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { openTempDir } from './temp-dir.ts';

export interface TestApiParts extends ApiParts, AsyncDisposable {
  readonly store: Store;
}

export async function openApiParts(
  operations: Operations,
  signal: AbortSignal,
): Promise<TestApiParts> {
  const directory = await openTempDir();
  const store = await openSqliteStore({ path: directory.file('certctl.db') });
  const parts = createApiParts({
    operations,
    names: createNameSource(store),
    audit: store.audit,
    idempotency: store.idempotency,
    checkReady: async () => {},
    version: '0.0.0',
    clock: systemClock,
    log: createLog('silent', 'test'),
    signal,
  });
  return {
    ...parts,
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
