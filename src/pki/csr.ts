/**
 * Certificate signing requests (RFC 2986), as an ACME CA wants them at finalize.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Name } from '../core/names.ts';
import { generalNames, loadX509, signingKeysOf } from './x509.ts';

export interface CsrRequest {
  readonly names: readonly Name[];
  readonly privateKey: KeyObject;
}

/** DER. The subject is empty: a common name would repeat one of the names, cut at 64 characters. */
export async function createCsr({ names, privateKey }: CsrRequest): Promise<Uint8Array> {
  const x509 = await loadX509();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    ...signingKeysOf(privateKey),
    extensions: [new x509.SubjectAlternativeNameExtension(generalNames(names))],
  });
  return new Uint8Array(request.rawData);
}
