/**
 * Changes of a certificate that are made only as long as it is what the caller has seen.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { LifecycleContext } from './context.ts';

/**
 * Takes the revision that the caller has seen, in one transaction: of all who have seen the same
 * one, the first to act gets it. Without one there is nothing to take.
 * @throws `api/changed`.
 */
export async function claimRevision(
  { store, clock }: Pick<LifecycleContext, 'store' | 'clock'>,
  certificate: CertificateRecord,
  revision: number | undefined,
): Promise<void> {
  if (revision === undefined) return;
  await asSeen(certificate, revision, () =>
    store.certificates.update({ ...certificate, updatedAt: clock.now() }),
  );
}

/**
 * @param change fails with `store/conflict` when the revision is not the stored one
 * @throws `api/changed` when the record, or by now the stored one, has another revision.
 */
export async function asSeen(
  certificate: CertificateRecord,
  revision: number,
  change: () => Promise<unknown>,
): Promise<void> {
  if (certificate.revision !== revision) throw changedMeanwhile();
  try {
    await change();
  } catch (thrown) {
    throw thrown instanceof AppError && thrown.code === 'store/conflict'
      ? changedMeanwhile()
      : thrown;
  }
}

export function changedMeanwhile(): AppError {
  return new AppError('api/changed', 'the certificate is not as the caller has seen it', {
    mend: 'Get it again, and decide anew.',
  });
}
