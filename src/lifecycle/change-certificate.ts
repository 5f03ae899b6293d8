/**
 * Changes a certificate's record whoever else changes it at the same time.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const MOST_ATTEMPTS = 20;

/** Applies `change` to the newest record and saves the result. */
export function changeCertificate(
  store: Store,
  id: string,
  change: (record: CertificateRecord) => CertificateRecord,
): Promise<CertificateRecord> {
  return retryConflicts(store, id, (record) => store.certificates.update(change(record)));
}

/**
 * Runs `save` on the newest record, and again when another process was faster.
 * @throws `certificate/not-found` when the certificate was removed meanwhile.
 */
export async function retryConflicts<T>(
  store: Store,
  id: string,
  save: (record: CertificateRecord) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const record = await store.certificates.find(id);
    if (record === undefined) {
      throw new AppError('certificate/not-found', `the certificate ${id} has been removed`);
    }
    try {
      return await save(record);
    } catch (thrown) {
      const isConflict = thrown instanceof AppError && thrown.code === 'store/conflict';
      if (!isConflict || attempt === MOST_ATTEMPTS) throw thrown;
    }
  }
}
