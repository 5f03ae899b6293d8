/**
 * What people look for in the store: pages of certificates, issuances and orders, by filters.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { IssuanceRecord, OrderRecord } from './records.ts';
import type { CertificateWithIssuance, Page } from './page.ts';

export const CERTIFICATE_STATUSES = ['valid', 'expired', 'revoked', 'pending', 'failing'] as const;
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

/** Names that are looked at: all names of a certificate are among them, or of their wildcards. */
export type Within = readonly Name[];

export interface CertificateFilter {
  readonly now: Date;
  readonly within?: Within | undefined;
  readonly status?: CertificateStatus | undefined;
  /** Those whose certificate ends at this or later. */
  readonly expiresFrom?: Date | undefined;
  /** Those whose certificate ends before this; never those without any. */
  readonly expiresBefore?: Date | undefined;
  /** One of its names, or a name that its wildcard covers. */
  readonly name?: Name | undefined;
  /** A part of one of its names. */
  readonly text?: string | undefined;
}

/** `-created`: the newest first. */
export const CERTIFICATE_SORTS = ['created', '-created', 'expires'] as const;
export type CertificateSort = (typeof CERTIFICATE_SORTS)[number];

export interface CertificatePage {
  readonly sort: CertificateSort;
  readonly limit: number;
  /** Of the last record of the page before. */
  readonly after?: { readonly id: string; readonly expiresAt: number } | undefined;
}

export interface InventoryCounts {
  readonly byStatus: Readonly<Record<CertificateStatus, number>>;
  /** How many end on each day (UTC), the earliest first; `day` is `YYYY-MM-DD`. */
  readonly byExpiry: readonly { readonly day: string; readonly certificates: number }[];
}

export interface HistoryFilter {
  readonly certificateId?: string | undefined;
  readonly within?: Within | undefined;
}

export interface InventoryTable {
  certificates(
    filter: CertificateFilter,
    page: CertificatePage,
  ): Promise<CertificateWithIssuance[]>;
  count(filter: Pick<CertificateFilter, 'now' | 'within'>): Promise<InventoryCounts>;
  /** The newest first. */
  issuances(filter: HistoryFilter, page: Page): Promise<IssuanceRecord[]>;
  /** The newest first. */
  orders(
    filter: HistoryFilter & { readonly isFinished?: boolean | undefined },
    page: Page,
  ): Promise<OrderRecord[]>;
}
