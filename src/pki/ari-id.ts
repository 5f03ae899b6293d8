/**
 * The identifier under which a CA gives renewal information for a certificate (RFC 9773 §4.1).
 *
 * @module
 */
import { readElements, readInside, DER } from './der.ts';
import { EXTENSION, readTbsCertificate } from './tbs-certificate.ts';

/**
 * `undefined` for a certificate without the key identifier of its issuer.
 *
 * @throws `input/invalid` when `leafDer` is not a certificate.
 */
export function ariCertificateId(leafDer: Uint8Array): string | undefined {
  const { serialNumber, extensions } = readTbsCertificate(leafDer);
  const extension = extensions.get(EXTENSION.authorityKeyIdentifier);
  if (extension === undefined || serialNumber.length === 0) return undefined;
  const [identifier] = readElements(extension);
  const keyIdentifier = readInside(identifier, DER.sequence).find(
    ({ tag }) => tag === KEY_IDENTIFIER,
  );
  if (keyIdentifier === undefined) return undefined;
  return `${base64url(keyIdentifier.value)}.${base64url(serialNumber)}`;
}

/** `[0]` primitive inside AuthorityKeyIdentifier. */
const KEY_IDENTIFIER = 0x80;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
