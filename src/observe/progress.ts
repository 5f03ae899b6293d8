/**
 * What a long operation reports while it runs: one line a step, for people and for `--json`.
 *
 * @module
 */

export const PROGRESS_STEPS = [
  'decided',
  'waiting',
  'account-ready',
  'order-created',
  'order-resumed',
  'challenge-presented',
  'challenge-visible',
  'challenge-valid',
  'finalizing',
  'chain-received',
  'stored',
  'deployed',
  'revoked',
  'parked',
  'unparked',
  'keyring-in-force',
  'keyring-rewrapped',
  'warning',
] as const;

export type ProgressStep = (typeof PROGRESS_STEPS)[number];

export interface Progress {
  readonly step: ProgressStep;
  /** A lower-case fragment for people, e.g. `order created at https://ca.example/order/1`. */
  readonly message: string;
}

/** Receives progress; must not throw and must not block. */
export type Reporter = (progress: Progress) => void;
