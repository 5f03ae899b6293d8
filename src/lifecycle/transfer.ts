/**
 * Certificates from elsewhere, and for elsewhere.
 *
 * @module
 */
import { keyAlgorithmOf } from '../core/certificate-spec.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { newId } from '../core/id.ts';
import { displayName, nameSet } from '../core/names.ts';
import { type Chain, parseChain } from '../pki/chain.ts';
import { type ChainExpectation, checkChain } from '../pki/check-chain.ts';
import { keyTypeOf, parsePrivateKeyPem, privateKeyToPem } from '../pki/keys.ts';
import type { LifecycleContext } from './context.ts';
import { issuedChain } from './issued-chain.ts';
import { type SpecDefaults, newCertificate } from './issue.ts';
import { withAlgorithm } from './pair.ts';
import { type CertificateChoice, chosenName, selectCertificate } from './select.ts';
import type { CertificateRecord } from '../store/records.ts';
import { type CertificateView, viewCertificate } from './view.ts';

export interface ExportedCertificate {
  readonly names: readonly string[];
  readonly chainPem: string;
  /** PKCS #8, only when it was asked for. */
  readonly privateKeyPem?: string;
}

export async function exportCertificate(
  { store, keys }: LifecycleContext,
  request: CertificateChoice & { readonly withKey: boolean },
): Promise<ExportedCertificate> {
  const { certificate, issuance } = await selectCertificate(store, request);
  const name = chosenName(request, certificate);
  if (issuance === undefined) {
    throw new AppError('certificate/not-found', `nothing has been issued for ${name} yet`, {
      mend: 'Run `certctl show` to see what is waited for.',
    });
  }
  const { chainPem } = issuance;
  const { names } = certificate.spec;
  if (!request.withKey) return { names, chainPem };
  if (issuance.keySecretId === undefined) {
    throw new AppError('input/invalid', `the key of ${name} was never here`, {
      mend: 'Export without --with-key: the key is where the signing request was made.',
    });
  }
  return { names, chainPem, privateKeyPem: privateKeyToPem(await keys.load(issuance.keySecretId)) };
}

export interface ImportRequest {
  readonly chainPem: string;
  readonly privateKeyPem: string;
  /** By whom and how it is renewed; absent: never. */
  readonly renewal?: Omit<SpecDefaults, 'keyTypes'> | undefined;
}

/** Takes over a chain with its key. It is served, and renewed only where the request says how. */
export async function importCertificate(
  { store, keys, clock, issuers, onChanged }: LifecycleContext,
  request: ImportRequest,
): Promise<CertificateView> {
  const now = clock.now();
  const privateKey = parsePrivateKeyPem(request.privateKeyPem);
  const names = nameSet(parseChain(request.chainPem).names);
  const chain = checkGiven(request.chainPem, { names, privateKey, now });
  const keyType = keyTypeOf(privateKey);
  if (keyType === undefined) {
    throw new AppError('input/invalid', 'the private key is of a type that cannot be served', {
      mend: 'Use an EC key on P-256 or P-384, or an RSA key of 2048, 3072 or 4096 bits.',
    });
  }
  const there = await store.certificates.withNames(names);
  const existing = withAlgorithm(there, keyAlgorithmOf(keyType));
  if (existing !== undefined && !isUnfinishedImport(existing)) {
    throw new AppError(
      'certificate/conflict',
      `a certificate for ${names.map(displayName).join(', ')} with such a key is managed already`,
      { mend: 'Remove it first with `certctl remove`.' },
    );
  }

  const { renewal } = request;
  const spec = { issuers: ['imported'], challenges: [], ...renewal, names, keyType };
  // What could never be renewed is refused before it is here.
  for (const name of renewal?.issuers ?? []) (await issuers.find(name)).check(spec);
  const renewed = renewal && ({ source: 'added', nextActionAt: now } as const);
  const { nextActionAt: _never, ...created } = newCertificate(now, spec, 'imported');
  const certificate = existing ?? created;
  const id = newId(now);
  const keySecretId = `certificate-key/${id}`;
  const issuance = {
    id,
    certificateId: certificate.id,
    issuer: 'imported',
    names,
    keyType,
    keySecretId,
    ...issuedChain(chain, now),
  };
  if (existing === undefined) await store.certificates.insert(created);
  const recorded = await store.issuances.record({
    issuance,
    secret: keys.seal(keySecretId, privateKey),
    certificate: { ...certificate, spec, issuanceId: id, ...renewed },
  });
  onChanged(names);
  return viewCertificate(clock, recorded, issuance);
}

/** A process that was killed between the two steps of an import leaves a record without a chain. */
function isUnfinishedImport({ source, issuanceId }: CertificateRecord): boolean {
  return source === 'imported' && issuanceId === undefined;
}

/** What a CA is to blame for elsewhere is, in an import, the fault of the files. */
function checkGiven(chainPem: string, expected: ChainExpectation): Chain {
  try {
    return checkChain(chainPem, expected);
  } catch (thrown) {
    const { code, message, mend, context } = toAppError(thrown);
    if (code !== 'certificate/rejected') throw thrown;
    throw new AppError('input/invalid', message, { mend, context, cause: thrown });
  }
}
