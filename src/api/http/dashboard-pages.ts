/**
 * The pages of the dashboard by the first part of their paths: the server answers each with the same
 * document, the browser chooses by it what to show.
 *
 * @module
 */

export const DASHBOARD_PAGES = [
  '',
  'audit',
  'certificates',
  'events',
  'explain',
  'issue',
  'issuers',
  'timeline',
  'tokens',
  'traffic',
] as const;

export type DashboardPage = (typeof DASHBOARD_PAGES)[number];
