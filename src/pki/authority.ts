/**
 * A certificate authority of our own: a root, an intermediate below it, and leaves for private names.
 *
 * @module
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Extension, PublicKey } from '@peculiar/x509';
import { after, DAY_MS, MINUTE_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Name } from '../core/names.ts';
import { generatePrivateKey, keyTypeOf } from './keys.ts';
import { generalNames, loadX509, signingKeysOf } from './x509.ts';
import type { X509 } from './x509.ts';

export interface Authority {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
}

export interface LeafRequest {
  readonly csrDer: Uint8Array;
  /** What the leaf is for; names in the request itself are not read. */
  readonly names: readonly Name[];
  readonly issuer: Authority;
  readonly now: Date;
  readonly lifetimeMs: number;
}

export async function createRoot(wanted: { commonName: string; now: Date }): Promise<Authority> {
  const x509 = await loadX509();
  const privateKey = await generatePrivateKey('ec256');
  const signing = signingKeysOf(privateKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...signing,
    serialNumber: randomSerial(),
    name: [{ CN: [wanted.commonName] }],
    notBefore: after(wanted.now, -BACKDATED_MS),
    notAfter: after(wanted.now, ROOT_LIFETIME_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      authorityUsage(x509),
      await x509.SubjectKeyIdentifierExtension.create(signing.keys.publicKey),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, privateKey };
}

export async function createIntermediate(wanted: {
  root: Authority;
  commonName: string;
  now: Date;
}): Promise<Authority> {
  const x509 = await loadX509();
  const privateKey = await generatePrivateKey('ec256');
  const certificatePem = await sign(wanted.root, {
    publicKey: new x509.PublicKey(spkiOf(privateKey)),
    subject: [{ CN: [wanted.commonName] }],
    now: wanted.now,
    lifetimeMs: INTERMEDIATE_LIFETIME_MS,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), authorityUsage(x509)],
  });
  return { certificatePem, privateKey };
}

/**
 * A PEM chain: the leaf, then the issuer's certificate. The leaf never outlives its issuer.
 *
 * @throws `input/invalid` for a request that is damaged, not signed by its own key, or for a key of
 * another type than ours; `certificate/rejected` when the issuer itself has expired.
 */
export async function signLeaf(request: LeafRequest): Promise<string> {
  const x509 = await loadX509();
  const leaf = await sign(request.issuer, {
    publicKey: await provenPublicKey(request.csrDer),
    now: request.now,
    lifetimeMs: request.lifetimeMs,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // RFC 5280 §4.2.1.6: critical, because the subject is empty.
      new x509.SubjectAlternativeNameExtension(generalNames(request.names), true),
    ],
  });
  return `${leaf}${request.issuer.certificatePem}`;
}

/** So that a client whose clock is a little behind accepts a certificate at once. */
const BACKDATED_MS = 5 * MINUTE_MS;
const ROOT_LIFETIME_MS = 3_652 * DAY_MS;
const INTERMEDIATE_LIFETIME_MS = 1_826 * DAY_MS;
const LONGEST_CSR = 64 * 1024;
const SERIAL_OCTETS = 16;

interface ToBeSigned {
  readonly publicKey: PublicKey;
  readonly subject?: { CN: string[] }[];
  readonly now: Date;
  readonly lifetimeMs: number;
  readonly extensions: readonly Extension[];
}

async function sign(issuer: Authority, wanted: ToBeSigned): Promise<string> {
  const x509 = await loadX509();
  const issuerCertificate = new x509.X509Certificate(issuer.certificatePem);
  const signing = signingKeysOf(issuer.privateKey);
  const notAfter = earlier(after(wanted.now, wanted.lifetimeMs), issuerCertificate.notAfter);
  if (notAfter.getTime() <= wanted.now.getTime()) {
    throw new AppError(
      'certificate/rejected',
      'signing with the internal CA: its certificate has expired',
      {
        mend: 'Make a new internal CA and let its clients trust the new root.',
        context: { notAfter: issuerCertificate.notAfter.toISOString() },
      },
    );
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    ...(wanted.subject === undefined ? {} : { subject: wanted.subject }),
    issuer: issuerCertificate.subjectName,
    notBefore: after(wanted.now, -BACKDATED_MS),
    notAfter,
    publicKey: wanted.publicKey,
    signingKey: signing.keys.privateKey,
    signingAlgorithm: signing.signingAlgorithm,
    extensions: [
      ...wanted.extensions,
      await x509.SubjectKeyIdentifierExtension.create(wanted.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signing.keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** The key of a request, once the request is proven to be signed with it. */
async function provenPublicKey(csrDer: Uint8Array): Promise<PublicKey> {
  if (csrDer.length > LONGEST_CSR) throw invalidCsr(`it has more than ${LONGEST_CSR} octets`);
  const x509 = await loadX509();
  let publicKey: PublicKey;
  let isProven: boolean;
  let isOurType: boolean;
  try {
    const csr = new x509.Pkcs10CertificateRequest(new Uint8Array(csrDer));
    publicKey = csr.publicKey;
    isOurType = keyTypeOf(publicKeyObject(publicKey)) !== undefined;
    isProven = isOurType && (await csr.verify());
  } catch (cause) {
    throw invalidCsr('it is damaged', cause);
  }
  if (!isOurType) throw invalidCsr('its key is of a type that certctl does not use');
  if (!isProven) throw invalidCsr('it is not signed by its own key');
  return publicKey;
}

function publicKeyObject(publicKey: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' });
}

function spkiOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

function authorityUsage(x509: X509): Extension {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return new x509.KeyUsagesExtension(keyCertSign | cRLSign, true);
}

/** Positive and of full length: the two highest bits are 01. */
function randomSerial(): string {
  const octets = randomBytes(SERIAL_OCTETS);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets.toString('hex');
}

function earlier(left: Date, right: Date): Date {
  return left.getTime() < right.getTime() ? left : right;
}

function invalidCsr(reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `reading a certificate signing request: ${reason}`, {
    mend: 'Make a new request with an EC P-256, P-384 or RSA key of 2048, 3072 or 4096 bits.',
    cause,
  });
}
