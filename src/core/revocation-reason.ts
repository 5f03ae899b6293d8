/**
 * Why a certificate is revoked.
 *
 * @module
 */

/** RFC 5280 §5.3.1: the reasons that a subscriber may give, with their numbers on the wire. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
} as const;

export type RevocationReason = keyof typeof REVOCATION_REASONS;
