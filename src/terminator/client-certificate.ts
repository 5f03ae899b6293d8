/**
 * The certificate that a client showed, and whether it counts.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificatePolicy } from '../feed/feed.ts';

export interface ClientCertificate {
  /** RFC 4514, e.g. `CN=alice,O=Example`, in ASCII. */
  readonly subject: string;
  /** Each with its kind, e.g. `DNS:a.example.com`, in ASCII. */
  readonly sans: readonly string[];
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint256: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  /** Signed by an authority of the policy, in time, and not revoked. */
  readonly isVerified: boolean;
  readonly der: Uint8Array;
}

/** As `readTlsFacts`: once, when the handshake is done. */
export function findClientCertificate(
  socket: TLSSocket,
  policy: ClientCertificatePolicy | undefined,
  now: number,
): ClientCertificate | undefined {
  if (policy === undefined) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: subjectText(certificate.subject),
    sans: splitNames(certificate.subjectAltName ?? ''),
    fingerprint256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    serial: certificate.serialNumber.toLowerCase(),
    // Without authorities of ours OpenSSL has verified by the public ones, which vouch for anybody.
    isVerified: policy.caPem !== undefined && isTrusted(socket) && isInTime(certificate, now),
    der: certificate.raw,
  };
}

/** Whether the policy lets the client in. */
export function satisfies(
  certificate: ClientCertificate | undefined,
  policy: ClientCertificatePolicy | undefined,
): boolean {
  switch (policy?.mode) {
    case 'verify':
      return certificate?.isVerified === true;
    case 'require':
      return certificate !== undefined;
    case 'request':
    case undefined:
      return true;
  }
}

/** Node's own servers ask the same of the handle; on a socket that was made here nobody else can. */
function isTrusted(socket: TLSSocket): boolean {
  const handle = Reflect.get(socket, '_handle') as { verifyError?(): Error | null } | null;
  return handle?.verifyError?.() === null;
}

/** A session that is resumed is not verified again, however long ago that was. */
function isInTime({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}

/** Node has one line an attribute, the most general one first, with escapes as RFC 4514 wants them. */
function subjectText(subject: string): string {
  return toAscii(subject.split('\n').toReversed().join(','));
}

/** Node quotes names that have a comma or anything unusual. */
function splitNames(names: string): string[] {
  const found = names.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return found.map((name) => toAscii(name.trim().replace(/^IP Address:/, 'IP:')));
}

/** RFC 4514 §2.4: octets that are no plain text as a backslash and two digits. */
function toAscii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((octet) => `\\${octet.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
