/**
 * What the store keeps for the API: tokens, the audit log, and answers that may be asked for twice.
 *
 * @module
 */
import type { WireError } from '../core/error-wire.ts';
import type { Name } from '../core/names.ts';
import type { Page } from './page.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
/** Each may do all that those before it may. */
export type Role = (typeof ROLES)[number];

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Absent: every name. */
  readonly patterns?: readonly Name[];
  /** Addresses and networks that it may come from; absent: everywhere. */
  readonly networks?: readonly string[];
  /** SHA-256 of the secret. */
  readonly hash: Uint8Array;
  /** The secret before a rotation, for as long as it still counts. */
  readonly previous?: { readonly hash: Uint8Array; readonly until: Date };
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt?: Date;
  readonly rotatedAt?: Date;
  readonly revokedAt?: Date;
  readonly lastUsedAt?: Date;
}

export interface TokenTable {
  /** @throws `store/conflict` when the id is taken. */
  insert(record: TokenRecord): Promise<void>;
  find(id: string): Promise<TokenRecord | undefined>;
  /** The newest first. */
  list(): Promise<TokenRecord[]>;
  /** @throws `store/conflict` when it is not there, or was revoked before. */
  rotate(
    id: string,
    hash: Uint8Array,
    at: Date,
    previousUntil: Date,
    expiresAt: Date | undefined,
  ): Promise<TokenRecord>;
  /** Idempotent: the first instant stays. */
  revoke(id: string, at: Date): Promise<void>;
  markUsed(id: string, at: Date): Promise<void>;
}

export interface AuditActor {
  /** `socket`: whoever may open the daemon's socket; `local`: a command in its own process. */
  readonly kind: 'socket' | 'token' | 'session' | 'local' | 'configuration';
  /** Of the token, or of the person at its provider. */
  readonly id?: string;
  readonly name: string;
  /** Where the request came from. */
  readonly address?: string;
  readonly requestId?: string;
}

export interface AuditRecord {
  /** Sorts by time. */
  readonly id: string;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly operation: string;
  readonly names: readonly string[];
  /** Plain JSON. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** `begun` for ever where the process was killed meanwhile. */
  readonly outcome: 'begun' | 'done' | 'failed';
  readonly error?: WireError;
  readonly finishedAt?: Date;
}

export interface AuditFilter {
  /** The id or the name of who it was. */
  readonly actor?: string | undefined;
  readonly operation?: string | undefined;
}

export interface AuditTable {
  append(record: AuditRecord): Promise<void>;
  /** Does nothing to a record that is finished. */
  finish(
    id: string,
    end: Pick<AuditRecord, 'after' | 'error'> & {
      readonly outcome: 'done' | 'failed';
      readonly finishedAt: Date;
    },
  ): Promise<void>;
  /** The newest first; `after` is the id of the last record of the page before. */
  list(page: Page & AuditFilter): Promise<AuditRecord[]>;
  /** Removes all but the newest. */
  prune(keep: number): Promise<void>;
}

export interface RepeatableKey {
  /** Keys of different callers have nothing to do with each other. */
  readonly caller: string;
  readonly key: string;
}

export interface RepeatableAnswer {
  readonly request: Uint8Array;
  /** Absent while the first request is under way. */
  readonly answer?: unknown;
}

export interface IdempotencyTable {
  /** Takes the key, or returns what took it since `since`. Older ones are removed. */
  claim(
    key: RepeatableKey,
    request: Uint8Array,
    now: Date,
    since: Date,
  ): Promise<RepeatableAnswer | undefined>;
  complete(key: RepeatableKey, answer: unknown): Promise<void>;
  release(key: RepeatableKey): Promise<void>;
  /** Of processes that are gone: nobody will answer them. */
  releaseUnanswered(): Promise<void>;
}
