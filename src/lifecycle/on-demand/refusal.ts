/**
 * A no to a name, for a while.
 *
 * @module
 */

export interface Refusal {
  /** A clause. */
  readonly reason: string;
  readonly until: Date;
}
