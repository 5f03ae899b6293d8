/**
 * Parts of lists, and what lists of certificates hold.
 *
 * @module
 */
import type { CertificateRecord, IssuanceRecord } from './records.ts';

export interface Page {
  /** Names sort after this one: the `id` of the last record of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** A managed certificate with what it serves now. */
export interface CertificateWithIssuance {
  readonly certificate: CertificateRecord;
  readonly issuance?: IssuanceRecord;
}
