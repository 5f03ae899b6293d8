/**
 * The answer to whether a certificate that clients brought about may be ordered.
 *
 * @module
 */

/** `refused` says why not, as a clause. */
export type OrderPermit = { readonly isPermitted: true } | { readonly refused: string };
