/**
 * Finds the certificates that a person means by a name.
 *
 * @module
 */
import { type KeyAlgorithm, keyAlgorithmOf } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { type Name, displayName, parseName } from '../core/names.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { CertificateWithIssuance, Store } from '../store/store.ts';

export interface CertificateChoice {
  /** One of its names. */
  readonly name: string;
  /** Of a pair, the one with this kind of key. */
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
  /** The record itself, whatever the name. */
  readonly id?: string | undefined;
  /** To be changed only as long as it is as it was at this revision. */
  readonly revision?: number | undefined;
}

/** What messages call the chosen one: as it was asked for, or by its first name. */
export function chosenName({ name }: CertificateChoice, { spec }: CertificateRecord): string {
  return name === '' ? spec.names.slice(0, 1).map(displayName).join() : name;
}

export type Selected = readonly [
  CertificateWithIssuance,
  other?: CertificateWithIssuance | undefined,
];

/**
 * The certificate or the pair for exactly this name, or else the only one that has it among its
 * names.
 * @throws `name/invalid`, `certificate/not-found`; `certificate/conflict` when several have it.
 */
export async function selectCertificates(
  store: Store,
  { name: text, keyAlgorithm, id }: CertificateChoice,
): Promise<Selected> {
  if (id !== undefined) return [await selectById(store, id)];
  const name = parseName(text);
  const all = await selectByName(store, name);
  const [first, second] = all
    .filter(({ certificate: { spec } }) => isWanted(keyAlgorithmOf(spec.keyType)))
    .toSorted((left, right) => (keyTypeOf(left) < keyTypeOf(right) ? -1 : 1));
  if (first === undefined) {
    throw new AppError(
      'certificate/not-found',
      `the certificate for ${displayName(name)} has no ${keyAlgorithm?.toUpperCase()} key`,
      { mend: 'Leave out --key-type, or see `certctl show` for what there is.' },
    );
  }
  return [first, second];

  function isWanted(algorithm: KeyAlgorithm): boolean {
    return keyAlgorithm === undefined || keyAlgorithm === algorithm;
  }
}

/** @throws as `selectCertificates`, and `certificate/conflict` for a pair of which none was chosen. */
export async function selectCertificate(
  store: Store,
  choice: CertificateChoice,
): Promise<CertificateWithIssuance> {
  const [only, other] = await selectCertificates(store, choice);
  if (other === undefined) return only;
  throw new AppError(
    'certificate/conflict',
    `${choice.name} has two certificates: ${keyTypeOf(only)} and ${keyTypeOf(other)}`,
    { mend: 'Choose one with --key-type ec or --key-type rsa.' },
  );
}

async function selectById(store: Store, id: string): Promise<CertificateWithIssuance> {
  const certificate = await store.certificates.find(id);
  if (certificate === undefined) {
    throw new AppError('certificate/not-found', `there is no certificate with the id ${id}`, {
      mend: 'List the certificates to see what is managed.',
    });
  }
  const { issuanceId } = certificate;
  const issuance = issuanceId === undefined ? undefined : await store.issuances.find(issuanceId);
  return { certificate, ...(issuance === undefined ? {} : { issuance }) };
}

async function selectByName(store: Store, name: Name): Promise<readonly CertificateWithIssuance[]> {
  const holding = (await store.certificates.covering(name)).filter(({ certificate }) =>
    certificate.spec.names.includes(name),
  );
  const sets = Map.groupBy(holding, ({ certificate }) => certificate.spec.names.join('+'));
  const [only, ...others] = sets.values();
  if (only === undefined) {
    throw new AppError(
      'certificate/not-found',
      `no certificate for ${displayName(name)} is managed`,
      {
        mend: 'See `certctl list` for what is managed, or get one with `certctl issue`.',
      },
    );
  }
  const exact = sets.get(name);
  if (exact !== undefined) return exact;
  if (others.length === 0) return only;
  throw new AppError(
    'certificate/conflict',
    `${sets.size} certificates have the name ${displayName(name)}: ${[...sets.keys()].join(', ')}`,
    { mend: 'Name another of its names, one that only the wanted certificate has.' },
  );
}

function keyTypeOf({ certificate }: CertificateWithIssuance): string {
  return certificate.spec.keyType;
}
