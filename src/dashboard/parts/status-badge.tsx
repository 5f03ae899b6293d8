/**
 * The state of a certificate at a glance: a colour, a picture and a word.
 *
 * @module
 */
import type { CertificateStatus } from '../answers.ts';
import { Icon, type IconName } from './icon.tsx';

export const STATUSES: Readonly<
  Record<
    CertificateStatus,
    { readonly label: string; readonly icon: IconName; readonly meaning: string }
  >
> = {
  valid: { label: 'Valid', icon: 'tick', meaning: 'Served, and renewed in time.' },
  failing: { label: 'Failing', icon: 'warning', meaning: 'The last attempt to obtain it failed.' },
  expired: { label: 'Expired', icon: 'cross', meaning: 'Clients refuse it.' },
  revoked: { label: 'Revoked', icon: 'slash', meaning: 'It was revoked.' },
  pending: { label: 'Pending', icon: 'clock', meaning: 'There is none yet.' },
};

/** Those that somebody has to look after come first. */
export const STATUS_ORDER = ['expired', 'failing', 'pending', 'revoked', 'valid'] as const;

export function StatusBadge({ status }: { readonly status: CertificateStatus }) {
  return <Badge {...STATUSES[status]} status={status} />;
}

export interface BadgeProps {
  readonly label: string;
  readonly icon: IconName;
  /** Whose colour it has. */
  readonly status: CertificateStatus;
}

export function Badge({ label, icon, status }: BadgeProps) {
  return (
    <span class={`badge status-${status}`}>
      <Icon name={icon} />
      {label}
    </span>
  );
}
