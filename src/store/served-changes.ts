/**
 * Which events the self-check makes: a function of the fault before and after.
 *
 * @module
 */
import type { NewEvent } from '../observe/events/event.ts';
import { bounded } from '../observe/events/fields.ts';
import type { ServedFault } from './served.ts';

/** None while it is the same fault. */
export function eventOfFault(before: ServedFault | undefined, fault: ServedFault): NewEvent[] {
  const { certificateId, name, address, kind, serial, servedSerial } = fault;
  const isSame =
    before?.kind === kind && before.serial === serial && before.servedSerial === servedSerial;
  if (isSame) return [];
  const about = { certificateId, names: [name] };
  if (kind === 'mismatch' && servedSerial !== undefined) {
    const data = { address, serial, servedSerial };
    return [{ type: 'certificate.served_mismatch.v1', ...about, data }];
  }
  const data = { address, serial, reason: bounded(fault.message) };
  return [{ type: 'certificate.not_served.v1', ...about, data }];
}

export function eventOfRecovery({ certificateId, name, address }: ServedFault): NewEvent {
  return {
    type: 'certificate.served_again.v1',
    certificateId,
    names: [name],
    data: { address },
  };
}
