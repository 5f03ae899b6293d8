/**
 * Why an order was made, in words.
 *
 * @module
 */
import type { IssueReason } from '../lifecycle/planner/input.ts';

const REASONS: Readonly<Record<IssueReason, string>> = {
  forced: 'Somebody asked for a new one.',
  missing: 'There was no certificate yet.',
  revoked: 'The certificate before was revoked.',
  expired: 'The certificate before had expired.',
  emergency: 'The renewal was overdue, and little time left.',
  'names-changed': 'The names have changed.',
  'key-type-changed': 'The type of the key has changed.',
  'issuer-changed': 'The issuer has changed.',
  'profile-changed': 'The profile has changed.',
  'ari-window': 'The CA suggested to renew then.',
  lifetime: 'Enough of its lifetime was over.',
};

export function orderReason(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason as IssueReason] : `${reason}.`;
}
