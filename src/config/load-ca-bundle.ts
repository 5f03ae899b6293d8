/**
 * The certificates that a private CA's own connections are trusted by.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { readTextFile } from './read-text-file.ts';

const MOST_BYTES = 1024 * 1024;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The PEM certificates of the file, without anything that stands between them.
 * @throws `file/unreadable`, or `input/invalid` when it has no certificate or one that is damaged.
 */
export function loadCaBundle(path: string): string {
  const blocks = readTextFile(path, MOST_BYTES).match(BLOCK) ?? [];
  if (blocks.length === 0) throw invalid(path, 'it has no PEM certificate');
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block);
    } catch (cause) {
      throw invalid(path, `its certificate number ${index + 1} cannot be decoded`, cause);
    }
  }
  return blocks.map((block) => `${block}\n`).join('');
}

function invalid(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `${path} is not a CA bundle: ${reason}`, {
    mend: 'Give a PEM file with the certificates of the roots to trust.',
    context: { path },
    cause,
  });
}
