/**
 * The API as a configuration wants it.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { Role } from '../store/access.ts';

export interface ApiSettings {
  readonly address: string;
  /** 0: one that the system chooses. */
  readonly port: number;
  /** Absent: one of the internal CA for its address. */
  readonly certificate?: Name;
  /** Absent: everybody. */
  readonly allow?: readonly string[];
  /** Absent: there is none. */
  readonly dashboard?: DashboardSettings;
  /** Absent: persons do not sign in. */
  readonly oidc?: OidcSettings;
}

/** The OpenID provider at which persons sign in, and what they may do then. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The origin of the dashboard, as browsers know it. */
  readonly url: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly claim: string;
  readonly grants: readonly {
    readonly value?: string;
    readonly role: Role;
    readonly patterns?: readonly Name[];
  }[];
  readonly domains?: readonly string[];
  readonly caPem?: string;
}

export interface DashboardSettings {
  /** Absent: all that may use the API. */
  readonly allow?: readonly string[];
  readonly idleMs: number;
  readonly signedInMs: number;
}
