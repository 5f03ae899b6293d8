/**
 * Which page shows what.
 *
 * @module
 */
import type { ComponentType } from 'preact';
import type { DashboardPage } from '../../api/http/dashboard-pages.ts';
import { AuditPage } from './audit.tsx';
import { CertificatePage } from './certificate.tsx';
import { EventsPage } from './events.tsx';
import { ExplainPage } from './explain.tsx';
import { InventoryPage } from './inventory.tsx';
import { IssuePage } from './issue.tsx';
import { IssuersPage } from './issuers.tsx';
import { OverviewPage } from './overview.tsx';
import type { PageProps } from './page.tsx';
import { TimelinePage } from './timeline.tsx';
import { TokensPage } from './tokens.tsx';
import { TrafficPage } from './traffic.tsx';

interface Shown {
  readonly list: ComponentType<PageProps>;
  /** Of one thing, by its id. */
  readonly one?: ComponentType<PageProps>;
}

export const PAGES: Readonly<Record<DashboardPage, Shown>> = {
  '': { list: OverviewPage },
  audit: { list: AuditPage },
  certificates: { list: InventoryPage, one: CertificatePage },
  events: { list: EventsPage },
  explain: { list: ExplainPage },
  issue: { list: IssuePage },
  issuers: { list: IssuersPage },
  timeline: { list: TimelinePage },
  tokens: { list: TokensPage },
  traffic: { list: TrafficPage },
};
