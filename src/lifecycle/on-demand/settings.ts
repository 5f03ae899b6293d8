/**
 * What an endpoint allows to be made on demand.
 *
 * @module
 */
import type { Name } from '../../core/names.ts';
import type { BucketLimit } from '../../core/token-bucket.ts';

/** Without `permission`, `patterns` say which names are allowed; with both, both have to agree. */
export interface OnDemandSettings {
  /** Of the endpoint: a wildcard, or `ANY_HOST`. */
  readonly host: Name;
  readonly permission?: PermissionSettings;
  readonly patterns?: readonly Name[];
  /** The most labels below the registered domain; a wildcard host has a depth of its own. */
  readonly depth: number;
  /** New names of one registered domain. */
  readonly limit: BucketLimit;
  /** New names of the endpoint. */
  readonly totalLimit: BucketLimit;
  /** How long a no holds, and a failure that names no instant of its own. */
  readonly refusedMs: number;
}

export interface PermissionSettings {
  readonly url: string;
  readonly timeoutMs: number;
  readonly allowedMs: number;
  readonly refusedMs: number;
}
