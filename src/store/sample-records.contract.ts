/**
 * Records for tests of the store, with and without their optional fields.
 *
 * @module
 */
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { nameSet, parseName } from '../core/names.ts';
import type { CertificateRecord, IssuanceRecord, OrderRecord, SecretRecord } from './records.ts';

/** An instant some seconds after a fixed one. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 10, 22, 7) + seconds * 1000 + 123);
}

export function sampleSpec(...names: readonly string[]): CertificateSpec {
  return {
    names: nameSet(names.map(parseName)),
    keyType: 'ec256',
    issuers: ['letsencrypt', 'internal'],
    challenges: ['tls-alpn-01', 'http-01'],
  };
}

export function sampleCertificate(
  id: string,
  names: readonly string[] = [`${id}.example.com`],
  fields: Partial<CertificateRecord> = {},
): CertificateRecord {
  return {
    id,
    spec: sampleSpec(...names),
    source: 'added',
    renewal: {},
    createdAt: at(0),
    updatedAt: at(0),
    revision: 1,
    ...fields,
  };
}

export function sampleSecret(id: string): SecretRecord {
  return {
    id,
    sealed: {
      kekId: 'kek-1',
      wrappedKey: Uint8Array.from({ length: 61 }, (_, index) => 255 - index),
      ciphertext: new TextEncoder().encode(`\0sealed ${id}`),
    },
  };
}

/** Its key is the secret `key-<id>`. */
export function sampleIssuance(
  id: string,
  certificateId: string,
  fields: Partial<IssuanceRecord> = {},
): IssuanceRecord {
  return {
    id,
    certificateId,
    issuer: 'letsencrypt',
    names: [parseName(`${certificateId}.example.com`)],
    keyType: 'ec256',
    serial: '03abcdef',
    fingerprint256: 'aa'.repeat(32),
    chainPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    keySecretId: `key-${id}`,
    notBefore: at(-3600),
    notAfter: at(90 * 86_400),
    issuedAt: at(1),
    ...fields,
  };
}

/** Its key is the secret `key-<id>`. */
export function sampleOrder(
  id: string,
  certificateId: string,
  fields: Partial<OrderRecord> = {},
): OrderRecord {
  return {
    id,
    certificateId,
    issuer: 'letsencrypt',
    spec: sampleSpec(`${certificateId}.example.com`),
    reason: 'missing',
    keySecretId: `key-${id}`,
    csr: Uint8Array.of(0x30, 0, 255),
    answers: [],
    createdAt: at(2),
    updatedAt: at(2),
    ...fields,
  };
}
