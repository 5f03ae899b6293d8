/**
 * Certificates by the ten thousand: one is made by our own authority, the others are copies of it
 * with another name, serial number and key, signed anew. That takes a tenth of the time.
 *
 * @module
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { DAY_MS } from '../../src/core/clock.ts';
import { type Name, nameSet, parseName } from '../../src/core/names.ts';
import { type Authority, createRoot, signLeaf } from '../../src/pki/authority.ts';
import { createCsr } from '../../src/pki/csr.ts';
import { generatePrivateKey } from '../../src/pki/keys.ts';
import { keyFingerprint256 } from '../../src/pki/key-fingerprint.ts';

export interface MadeCertificate {
  readonly name: Name;
  readonly serial: string;
  readonly chainPem: string;
  readonly privateKey: KeyObject;
  readonly fingerprint256: string;
  readonly keyFingerprint256: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const LIFE_MS = 90 * DAY_MS;
const NUMBER_DIGITS = 8;
const POINT_OCTETS = 65;

/** All names are equally long, so that nothing in the template moves. */
export function numberedName(index: number): Name {
  return parseName(`host-${String(index).padStart(NUMBER_DIGITS, '0')}.example.com`);
}

export interface CertificateFactory {
  make(index: number): MadeCertificate;
}

export async function openCertificateFactory(now: Date): Promise<CertificateFactory> {
  const issuer: Authority = await createRoot({ commonName: 'Benchmark Root', now });
  const privateKey = await generatePrivateKey('ec256');
  const name = numberedName(0);
  const csrDer = await createCsr({ names: nameSet([name]), privateKey });
  const names = nameSet([name]);
  const pem = await signLeaf({ csrDer, names, issuer, now, lifetimeMs: LIFE_MS });
  const leaf = new X509Certificate(pem);
  const issuerPem = pem.slice(pem.indexOf('-----END CERTIFICATE-----') + 26);
  const [toBeSigned, algorithm] = splitSequence(leaf.raw);
  const serial = Buffer.from(leaf.serialNumber, 'hex');
  const point = pointOf(privateKey);
  const notBefore = new Date(leaf.validFrom);
  const notAfter = new Date(leaf.validTo);
  return {
    make: (index) => {
      const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const own = numberedName(index);
      const ownSerial = Buffer.from(serial);
      ownSerial.writeUInt32BE(index, ownSerial.length - 4);
      const tbs = Buffer.from(toBeSigned);
      replaceAll(tbs, Buffer.from(name), Buffer.from(own));
      replaceAll(tbs, serial, ownSerial);
      replaceAll(tbs, point, pointOf(keys.privateKey));
      const signature = sign('sha256', tbs, issuer.privateKey);
      const bits = element(0x03, Buffer.concat([Buffer.of(0), signature]));
      const der = element(0x30, Buffer.concat([tbs, algorithm, bits]));
      const base64 = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
      return {
        name: own,
        serial: ownSerial.toString('hex'),
        chainPem: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n${issuerPem}`,
        privateKey: keys.privateKey,
        fingerprint256: createHash('sha256').update(der).digest('hex'),
        keyFingerprint256: keyFingerprint256(keys.privateKey),
        notBefore,
        notAfter,
      };
    },
  };
}

/** The uncompressed point, which is what the public key's encoding ends with. */
function pointOf(privateKey: KeyObject): Buffer {
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  if (point.length !== POINT_OCTETS) throw new Error('not a P-256 key');
  return point;
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): void {
  let at = bytes.indexOf(from);
  if (at < 0) throw new Error('the template lacks what is to be replaced');
  for (; at >= 0; at = bytes.indexOf(from, at + to.length)) to.copy(bytes, at);
}

/** The to-be-signed part and the algorithm of a certificate, with their headers. */
function splitSequence(der: Buffer): [Buffer, Buffer] {
  const inside = der.subarray(headerOctets(der));
  const first = wholeLength(inside);
  const rest = inside.subarray(first);
  return [inside.subarray(0, first), rest.subarray(0, wholeLength(rest))];
}

function headerOctets(der: Buffer): number {
  const length = der[1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}

function wholeLength(der: Buffer): number {
  const header = headerOctets(der);
  return header + (header === 2 ? (der[1] ?? 0) : der.readUIntBE(2, header - 2));
}

function element(tag: number, value: Buffer): Buffer {
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value]);
  const octets = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...octets), value]);
}
