/**
 * What the store keeps of browsers that are signed in.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { Role } from './access.ts';

export interface SessionRecord {
  readonly id: string;
  /** SHA-256 of the secret in the cookie. */
  readonly hash: Uint8Array;
  readonly holder: SessionHolder;
  readonly openedAt: Date;
  /** To the minute. */
  readonly usedAt: Date;
  readonly expiresAt: Date;
}

export type SessionHolder = TokenHolder | PersonHolder;

export interface TokenHolder {
  readonly kind: 'token';
  readonly id: string;
  /** Of the secret that opened the session, which ends when this secret no longer counts. */
  readonly hash: Uint8Array;
}

/** Whom an OpenID provider has named. */
export interface PersonHolder {
  readonly kind: 'person';
  /** Unique among all providers. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Absent: every name. */
  readonly patterns?: readonly Name[];
  /** Stands for the configuration that granted this. */
  readonly rules: string;
}

export interface SessionBounds {
  readonly ofHolder: number;
  readonly inAll: number;
}

export interface SessionTable {
  /**
   * Removes those that have expired by then, the oldest ones of the same holder and the least
   * recently used ones of all, so that no more than `bounds` are there afterwards.
   */
  insert(record: SessionRecord, bounds: SessionBounds): Promise<void>;
  find(id: string): Promise<SessionRecord | undefined>;
  markUsed(id: string, at: Date): Promise<void>;
  /** Idempotent. */
  remove(id: string): Promise<void>;
}
