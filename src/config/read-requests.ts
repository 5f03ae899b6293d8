/**
 * The signing requests that a configuration names in place of keys of ours.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type Supplied, readSupplied } from '../lifecycle/supplied-csr.ts';
import { decodeCsrFile } from '../pki/read-csr.ts';
import type { FileConfig } from './file-schema.ts';
import { readBytes } from './read-text-file.ts';
import type { ResolveContext } from './resolve-context.ts';

const MOST_BYTES = 64 * 1024;

/** By the index of the certificate; one that is no good is reported and left out. */
export async function readRequests(
  certificates: NonNullable<FileConfig['certificates']>,
  context: ResolveContext,
): Promise<Map<number, Supplied>> {
  const requests = new Map<number, Supplied>();
  for (const [index, { csr }] of certificates.entries()) {
    if (csr === undefined) continue;
    try {
      const der = decodeCsrFile(readBytes(resolve(context.directory, csr), MOST_BYTES));
      const text = Buffer.from(der).toString('base64url');
      requests.set(index, await readSupplied(text, { names: [], wanted: {} }));
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      context.report(['certificates', index, 'csr'], thrown.message, thrown.mend);
    }
  }
  return requests;
}
