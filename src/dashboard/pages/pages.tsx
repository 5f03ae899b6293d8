/**
 * Which page shows what.
 *
 * @module
 */
import type { ComponentType } from 'preact';
import type { DashboardPage } from '../../api/http/dashboard-pages.ts';
import { CertificatePage } from './certificate.tsx';
import { InventoryPage } from './inventory.tsx';
import type { PageProps } from './page.tsx';

interface Shown {
  readonly list: ComponentType<PageProps>;
  /** Of one thing, by its id. */
  readonly one?: ComponentType<PageProps>;
}

export const PAGES: Readonly<Partial<Record<DashboardPage, Shown>>> = {
  '': { list: InventoryPage },
  certificates: { list: InventoryPage, one: CertificatePage },
};
