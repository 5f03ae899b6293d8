/**
 * Kinds of events that somebody looks for.
 *
 * @module
 */

export interface EventGroup {
  /** As the API takes it; empty for all. */
  readonly type: string;
  readonly label: string;
}

export const EVENT_GROUPS = [
  { type: '', label: 'All' },
  { type: 'certificate.*', label: 'Certificates' },
  { type: 'target.*', label: 'Targets' },
  { type: 'endpoint.*', label: 'Endpoints' },
  { type: 'account.*,keyring.*,token.*', label: 'Accounts, keys and tokens' },
  { type: 'daemon.*,configuration.*', label: 'Daemon' },
  { type: 'delivery.*', label: 'Deliveries' },
] as const satisfies readonly EventGroup[];
