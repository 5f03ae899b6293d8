/**
 * Certificate signing requests from elsewhere (RFC 2986): read, verified, and held to what a CA takes.
 *
 * @module
 */
import { type KeyObject, createPublicKey } from 'node:crypto';
import type * as Library from '@peculiar/x509';
import type { KeyType } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { type Name, findName, nameSet } from '../core/names.ts';
import { keyFingerprint256 } from './key-fingerprint.ts';
import { keyTypeOf } from './keys.ts';
import { loadX509 } from './x509.ts';

export interface SigningRequest {
  /** From the subjectAltName and the common name, which CAs take for one more name. */
  readonly names: readonly Name[];
  readonly publicKey: KeyObject;
  readonly keyType: KeyType;
  readonly keyFingerprint256: string;
}

const LONGEST_CSR = 64 * 1024;

/** The DER in a file of one PEM request, or of DER. @throws `input/invalid`. */
export function decodeCsrFile(file: Uint8Array): Uint8Array {
  const text = Buffer.from(file).toString('latin1');
  if (!text.includes('-----BEGIN ')) return file;
  const blocks = [...text.matchAll(CSR_BLOCK)];
  const body = blocks[0]?.[2];
  if (body === undefined || blocks.length > 1) throw invalid('it has not exactly one PEM request');
  return new Uint8Array(Buffer.from(body, 'base64'));
}

/** @throws `input/invalid` for a bad signature, a weak key, or what is no name. */
export async function readCsr(der: Uint8Array): Promise<SigningRequest> {
  if (der.length > LONGEST_CSR) throw invalid(`it has more than ${LONGEST_CSR} bytes`);
  const x509 = await loadX509();
  let request: Library.Pkcs10CertificateRequest;
  let publicKey: KeyObject;
  try {
    request = new x509.Pkcs10CertificateRequest(new Uint8Array(der));
    const key = Buffer.from(request.publicKey.rawData);
    publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
  } catch (cause) {
    throw invalid('it is not a certificate signing request', cause);
  }
  const keyType = keyTypeOf(publicKey);
  if (keyType === undefined) {
    throw invalid('its key is none of P-256, P-384 and RSA of 2048, 3072 or 4096 bits');
  }
  if (!(await isSigned(request))) throw invalid('its signature is not by its own key');
  const names = namesOf(x509, request);
  if (names.length === 0) throw invalid('it names nothing');
  return { names, publicKey, keyType, keyFingerprint256: keyFingerprint256(publicKey) };
}

async function isSigned(request: Library.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

function namesOf(x509: typeof Library, request: Library.Pkcs10CertificateRequest): Name[] {
  const found = request.getExtension(SUBJECT_ALT_NAME);
  const extension = found && new x509.SubjectAlternativeNameExtension(found.rawData);
  const commonNames = request.subjectName.getField('CN').filter((name) => name !== '');
  const texts = (extension?.names.items ?? []).map(({ type, value }) => {
    if (type === 'dns' || type === 'ip') return value;
    throw invalid(`it has a name of the kind ${type}`);
  });
  return nameSet(
    [...texts, ...commonNames].map((text) => {
      const name = findName(text);
      if (name === undefined) {
        throw invalid(`${JSON.stringify(text.slice(0, 253))} cannot be in a certificate`);
      }
      return name;
    }),
  );
}

/** id-ce-subjectAltName. */
const SUBJECT_ALT_NAME = '2.5.29.17';

const CSR_BLOCK =
  /-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----([A-Za-z0-9+/=\s]{1,100000})-----END \1-----/g;

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `reading a certificate signing request: ${reason}`, {
    mend: 'Make another, e.g. with `openssl req -new -key key.pem -addext subjectAltName=DNS:…`.',
    cause,
  });
}
