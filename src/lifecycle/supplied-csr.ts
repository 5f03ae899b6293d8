/**
 * A certificate for a signing request from elsewhere, whose key never comes here.
 *
 * @module
 */
import type { CertificateSpec, KeyType, SuppliedCsr } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { type Name, displayName, nameSet, parseName, sameNames } from '../core/names.ts';
import { readCsr } from '../pki/read-csr.ts';

export interface Supplied {
  readonly names: readonly Name[];
  readonly keyType: KeyType;
  readonly csr: SuppliedCsr;
}

interface Request {
  readonly names: readonly string[];
  readonly wanted: { readonly keyTypes?: readonly KeyType[]; readonly reuseKey?: boolean };
}

/** @throws `input/invalid`; `usage/invalid` for wishes about a key that is not ours. */
export async function readSupplied(der: string, { names, wanted }: Request): Promise<Supplied> {
  if (wanted.keyTypes !== undefined || wanted.reuseKey !== undefined) {
    throw new AppError('usage/invalid', 'the key of a signing request cannot be chosen here', {
      mend: 'Leave out --key-type and --reuse-key, or leave out --csr.',
    });
  }
  const bytes = new Uint8Array(Buffer.from(der, 'base64url'));
  const { names: own, keyType, keyFingerprint256 } = await readCsr(bytes);
  if (names.length > 0 && !sameNames(nameSet(names.map(parseName)), own)) {
    throw new AppError(
      'input/invalid',
      `the signing request is for ${own.map(displayName).join(', ')}, not for the names given`,
      { mend: 'Leave out the names, or give a request for exactly these.' },
    );
  }
  return { names: own, keyType, csr: { der, keyFingerprint256 } };
}

/** The request given now, the one before, or none once a key of ours is asked for. */
export function withKeyOf(
  supplied: Supplied | undefined,
  { wanted }: Request,
  spec: CertificateSpec,
): CertificateSpec {
  if (supplied !== undefined) {
    const { reuseKey: _ours, ...rest } = spec;
    return { ...rest, keyType: supplied.keyType, csr: supplied.csr };
  }
  if (wanted.keyTypes === undefined && wanted.reuseKey === undefined) return spec;
  const { csr: _theirs, ...rest } = spec;
  return rest;
}
