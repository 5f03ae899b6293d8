/**
 * A certificate with the intermediates that clients need beside it, as PEM files carry them.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { KeyType } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import type { Name } from '../core/names.ts';
import { ariCertificateId } from './ari-id.ts';
import { keyFingerprint256 } from './key-fingerprint.ts';
import { keyTypeOf } from './keys.ts';
import { subjectNames } from './subject-names.ts';

export interface Chain {
  /** The certificates alone, leaf first, each encoded anew. */
  readonly pem: string;
  readonly leafDer: Uint8Array;
  /** How many certificates `pem` has. */
  readonly certificates: number;
  /** Sorted, each once. */
  readonly names: readonly Name[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Lower-case hex without leading zero octet. */
  readonly serial: string;
  /** For people: common name and organization, as far as they are there. */
  readonly issuerName: string;
  /** `undefined` for a key of another type than certctl makes. */
  readonly keyType: KeyType | undefined;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly fingerprint256: string;
  /** Of the leaf's public key. */
  readonly keyFingerprint256: string;
  readonly ariId: string | undefined;
}

/** @throws `input/invalid`. */
export function parseChain(pem: string): Chain {
  const certificates = parseCertificates(pem);
  const [leaf] = certificates;
  const leafDer = new Uint8Array(leaf.raw);
  return {
    pem: certificates.map((certificate) => certificate.toString()).join(''),
    leafDer,
    certificates: certificates.length,
    names: subjectNames(leafDer),
    notBefore: dateOf(leaf.validFromDate),
    notAfter: dateOf(leaf.validToDate),
    serial: leaf.serialNumber.toLowerCase(),
    issuerName: nameIn(leaf.issuer, 'unnamed issuer'),
    keyType: keyTypeOf(leaf.publicKey),
    fingerprint256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    keyFingerprint256: keyFingerprint256(leaf.publicKey),
    ariId: ariCertificateId(leafDer),
  };
}

/** One certificate of a chain, for people. */
export interface ChainMember {
  /** Common name and organization, as far as they are there; that of a leaf may have neither. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `undefined` for a key of another type than certctl makes. */
  readonly keyType: KeyType | undefined;
}

/** Leaf first. @throws `input/invalid`. */
export function describeChain(pem: string): ChainMember[] {
  return parseCertificates(pem).map((certificate) => ({
    subject: nameIn(certificate.subject, 'unnamed'),
    issuer: nameIn(certificate.issuer, 'unnamed issuer'),
    notBefore: dateOf(certificate.validFromDate),
    notAfter: dateOf(certificate.validToDate),
    keyType: keyTypeOf(certificate.publicKey),
  }));
}

/** The certificates of untrusted PEM text, at least one. @throws `input/invalid`. */
export function parseCertificates(pem: string): [X509Certificate, ...X509Certificate[]] {
  if (pem.length > LONGEST_CHAIN) throw invalid(`it has more than ${LONGEST_CHAIN} characters`);
  const labels = pem.match(/-----BEGIN [^-\r\n]*-----/g) ?? [];
  const foreign = labels.find((label) => label !== '-----BEGIN CERTIFICATE-----');
  // A private key that slipped into a chain file would be served to every client from then on.
  if (foreign !== undefined) throw invalid('it has something else than certificates');
  if (labels.length > MOST_CERTIFICATES) {
    throw invalid(`it has ${labels.length} certificates, at most ${MOST_CERTIFICATES} are allowed`);
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const [leaf, ...others] = blocks;
  if (leaf === undefined) throw invalid('it has no PEM certificate');
  if (blocks.length !== labels.length) throw invalid('a certificate in it does not end');
  return [
    decodeCertificate(leaf, 1),
    ...others.map((block, at) => decodeCertificate(block, at + 2)),
  ];
}

const LONGEST_CHAIN = 256 * 1024;
const MOST_CERTIFICATES = 32;
const LONGEST_NAME = 100;

function decodeCertificate(pem: string, position: number): X509Certificate {
  try {
    const certificate = new X509Certificate(pem);
    // Node decodes the key only when it is asked for, and throws then.
    void certificate.publicKey;
    return certificate;
  } catch (cause) {
    throw invalid(`OpenSSL cannot decode certificate ${position}`, cause);
  }
}

function dateOf(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw invalid('its validity is not a pair of dates');
  return date;
}

/** `O CN`, or `CN` alone where it names the organization itself. */
function nameIn(distinguishedName: string | undefined, absent: string): string {
  const attributes = attributesOf(distinguishedName);
  const commonName = attributes.get('CN');
  const organization = attributes.get('O');
  const parts =
    organization !== undefined && commonName?.includes(organization) !== true
      ? [organization, commonName]
      : [commonName];
  const name = parts.filter((part) => part !== undefined).join(' ');
  return (name === '' ? absent : name).slice(0, LONGEST_NAME);
}

/** The common names and organizations of all issuers in the chain. @throws `input/invalid`. */
export function issuerNamesIn(pem: string): Set<string> {
  const names = parseCertificates(pem).flatMap(({ issuer }) => {
    const attributes = attributesOf(issuer);
    return [attributes.get('CN'), attributes.get('O')];
  });
  return new Set(names.filter((name) => name !== undefined));
}

/** Node gives one `TYPE=value` a line, and escapes what could break out of its line. */
function attributesOf(distinguishedName: string | undefined): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const line of (distinguishedName ?? '').split('\n')) {
    const equals = line.indexOf('=');
    // A name from outside must not steer a terminal.
    const value = line.slice(equals + 1).replaceAll(/[\p{C}\\]/gu, '');
    if (equals > 0 && value !== '') attributes.set(line.slice(0, equals), value);
  }
  return attributes;
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `reading a certificate chain: ${reason}`, {
    mend: 'Give PEM certificates only, the one for the names first, then its intermediates.',
    cause,
  });
}
