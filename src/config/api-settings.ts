/**
 * The API as a configuration wants it.
 *
 * @module
 */
import type { Name } from '../core/names.ts';

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
}

export interface DashboardSettings {
  /** Absent: all that may use the API. */
  readonly allow?: readonly string[];
  readonly idleMs: number;
  readonly signedInMs: number;
}
