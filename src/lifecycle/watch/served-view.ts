/**
 * What people and programs are told of faults of the self-check.
 *
 * @module
 */
import type { ServedFault } from '../../store/served.ts';

export interface ServedView {
  readonly name: string;
  readonly address: string;
  readonly kind: ServedFault['kind'];
  readonly message: string;
  readonly servedSerial?: string;
  readonly since: string;
  readonly seenAt: string;
}

export function viewServed(fault: ServedFault): ServedView {
  const { certificateId: _ours, serial: _current, since, seenAt, ...same } = fault;
  return { ...same, since: since.toISOString(), seenAt: seenAt.toISOString() };
}
