/**
 * Where the challenge records of a name go that its owner has delegated to us by one CNAME record.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { base32 } from './base32.ts';

export interface DelegationZone {
  /** Lower-case, without trailing dot: all that is below it is for challenge records. */
  readonly zone: string;
  /** Who writes there, by its name in the configuration. */
  readonly credential: string;
}

export interface DelegationRecord {
  readonly name: string;
  readonly type: 'CNAME';
  readonly value: string;
}

/**
 * What the owner of `domain` (without `*.`) has to set, once. The target follows from domain and
 * zone alone, so it is the same on every machine and after every loss; from a list of targets nobody
 * reads the domains.
 */
export function delegationRecord(domain: string, zone: string): DelegationRecord {
  return {
    name: challengeRecordName(domain),
    type: 'CNAME',
    value: `${delegationLabel(domain)}.${zone}`,
  };
}

/** In the form of a zone file, which also is what people are told. */
export function delegationText(domain: string, zone: string): string {
  const { name, type, value } = delegationRecord(domain, zone);
  return `${name}. ${type} ${value}.`;
}

export function isInZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** RFC 8555 §8.4. */
export function challengeRecordName(domain: string): string {
  return `_acme-challenge.${domain}`;
}

/** SHA-256 of the domain, its first 20 octets in base32 (RFC 4648 §6), lower-case: 32 characters. */
function delegationLabel(domain: string): string {
  return base32(createHash('sha256').update(domain).digest().subarray(0, LABEL_OCTETS));
}

const LABEL_OCTETS = 20;
