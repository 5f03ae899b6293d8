/**
 * Which events a change of a record makes: functions of the record before and after.
 *
 * Adapters of the store write them in the transaction of the change, so that no way of changing a
 * record can forget them.
 *
 * @module
 */
import type { EventData } from '../observe/events/catalogue.ts';
import type { NewEvent } from '../observe/events/event.ts';
import { bounded, failureOf } from '../observe/events/fields.ts';
import type { AccountRecord, CertificateRecord, IssuanceRecord } from './records.ts';

export function eventsOfCertificate(
  before: CertificateRecord,
  after: CertificateRecord,
  issuance: IssuanceRecord | undefined,
): NewEvent[] {
  const about = aboutCertificate(after);
  const events: NewEvent[] = [];
  const { failure, waiting, source } = after;
  if (failure !== undefined && failure.count > (before.failure?.count ?? 0)) {
    const data = {
      error: failureOf(failure.lastError),
      failures: failure.count,
      retryAt: failure.retryAt.toISOString(),
      ...(issuance === undefined ? {} : { notAfter: issuance.notAfter.toISOString() }),
    };
    events.push(
      issuance === undefined
        ? { type: 'certificate.issuance_failed.v1', ...about, data }
        : { type: 'certificate.renewal_failed.v1', ...about, data },
    );
  }
  const parked = failure?.parked;
  const wasParked = before.failure?.parked !== undefined;
  if (failure !== undefined && parked !== undefined && !wasParked) {
    const data = { message: bounded(parked.message), failures: failure.count };
    events.push({ type: 'certificate.parked.v1', ...about, data });
  }
  if (parked === undefined && wasParked) {
    events.push({ type: 'certificate.unparked.v1', ...about, data: {} });
  }
  const isPaused = waiting !== undefined && waiting.until === undefined;
  const wasPaused = before.waiting?.scope === waiting?.scope && before.waiting?.until === undefined;
  if (isPaused && !wasPaused) {
    const url = waiting.url === undefined ? {} : { url: bounded(waiting.url).slice(0, 200) };
    const data = { message: bounded(waiting.message), ...url };
    events.push({ type: 'certificate.paused.v1', ...about, data });
  }
  if (source === 'released' && before.source !== 'released') {
    const data = issuance === undefined ? {} : { notAfter: issuance.notAfter.toISOString() };
    events.push({ type: 'certificate.released.v1', ...about, data });
  }
  return events;
}

export function eventOfIssuance(
  issuance: IssuanceRecord,
  certificate: CertificateRecord,
  previous: IssuanceRecord | undefined,
): NewEvent {
  const about = aboutCertificate(certificate);
  const data: EventData<'certificate.issued.v1'> = {
    issuer: issuance.issuer,
    serial: issuance.serial,
    fingerprint256: issuance.fingerprint256,
    keyType: issuance.keyType,
    notBefore: issuance.notBefore.toISOString(),
    notAfter: issuance.notAfter.toISOString(),
  };
  if (certificate.source === 'imported') return { type: 'certificate.imported.v1', ...about, data };
  return previous === undefined
    ? { type: 'certificate.issued.v1', ...about, data }
    : {
        type: 'certificate.renewed.v1',
        ...about,
        data: { ...data, previousSerial: previous.serial },
      };
}

export function eventOfRevocation(
  issuance: IssuanceRecord,
  certificate: CertificateRecord,
  reason: string,
): NewEvent {
  const data = {
    issuer: issuance.issuer,
    serial: issuance.serial,
    reason,
    isServed: certificate.issuanceId === issuance.id,
  };
  return { type: 'certificate.revoked.v1', ...aboutCertificate(certificate), data };
}

export function eventOfRemoval(
  certificate: CertificateRecord,
  issuance: IssuanceRecord | undefined,
): NewEvent {
  const serial = issuance === undefined ? {} : { serial: issuance.serial };
  const data = { source: certificate.source, ...serial };
  return { type: 'certificate.removed.v1', ...aboutCertificate(certificate), data };
}

export function eventsOfAccount(
  before: AccountRecord | undefined,
  after: AccountRecord,
): NewEvent[] {
  const { directoryUrl, url } = after;
  const data = { directoryUrl, ...(url === undefined ? {} : { url }) };
  const events: NewEvent[] = [];
  if (url !== undefined && url !== before?.url) {
    events.push({ type: 'account.registered.v1', names: [], data });
  } else if (url !== undefined && before?.keySecretId !== after.keySecretId) {
    events.push({ type: 'account.key_changed.v1', names: [], data });
  }
  if (after.deactivatedAt !== undefined && before?.deactivatedAt === undefined) {
    events.push({ type: 'account.deactivated.v1', names: [], data });
  }
  return events;
}

function aboutCertificate({ id, spec }: CertificateRecord) {
  return { certificateId: id, names: spec.names };
}
