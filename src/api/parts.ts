/**
 * What the servers of the API share: one guard, one list of jobs, whatever way a request comes in.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';
import type { AuditTable, IdempotencyTable } from '../store/access.ts';
import { createGuard } from './access/guard.ts';
import type { NameSource } from './access/touched-names.ts';
import { createOnceOnly } from './http/idempotency.ts';
import { createJobs } from './http/jobs.ts';
import type { ResourceServerOptions } from './http/resource-server.ts';
import { createStreams } from './http/streams.ts';
import type { Operations } from './operations.ts';

export interface ApiPartsOptions {
  readonly operations: Operations;
  readonly names: NameSource;
  readonly audit: AuditTable;
  readonly idempotency: IdempotencyTable;
  /** @throws when the daemon cannot do its work now. */
  readonly checkReady: () => Promise<void>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the daemon stops: what is under way ends, its journal goes on later. */
  readonly signal: AbortSignal;
}

export type ApiParts = Omit<ResourceServerOptions, 'admit' | 'isStillAdmitted' | 'signIn'>;

export function createApiParts(options: ApiPartsOptions): ApiParts {
  const { audit, idempotency, checkReady, version, clock, log, signal } = options;
  return {
    guard: createGuard({ operations: options.operations, names: options.names, audit, clock, log }),
    jobs: createJobs({
      clock,
      onFailure: (operation, requestId, error) =>
        log.warn({ operation, requestId, code: error.code, err: error }, 'an operation failed'),
    }),
    streams: createStreams(clock),
    onceOnly: createOnceOnly(idempotency, clock),
    checkReady,
    version,
    clock,
    log,
    signal,
  };
}
