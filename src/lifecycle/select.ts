/**
 * Finds the certificate that a person means by a name.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { displayName, parseName } from '../core/names.ts';
import type { CertificateWithIssuance, Store } from '../store/store.ts';

/**
 * The certificate for exactly this name, or else the only one that has it among its names.
 * @throws `name/invalid`, `certificate/not-found`; `certificate/conflict` when several have it.
 */
export async function selectCertificate(
  store: Store,
  text: string,
): Promise<CertificateWithIssuance> {
  const name = parseName(text);
  const holding = (await store.certificates.covering(name)).filter(({ certificate }) =>
    certificate.spec.names.includes(name),
  );
  const [first] = holding;
  if (first === undefined) {
    throw new AppError(
      'certificate/not-found',
      `no certificate for ${displayName(name)} is managed`,
      {
        mend: 'See `certctl list` for what is managed, or get one with `certctl issue`.',
      },
    );
  }
  const exact = holding.find(({ certificate }) => certificate.spec.names.length === 1);
  if (exact !== undefined) return exact;
  if (holding.length === 1) return first;
  const sets = holding.map(({ certificate }) => certificate.spec.names.join('+')).join(', ');
  throw new AppError(
    'certificate/conflict',
    `${holding.length} certificates have the name ${displayName(name)}: ${sets}`,
    { mend: 'Name another of its names, one that only the wanted certificate has.' },
  );
}
