/**
 * The revocation lists of the authorities that sign client certificates.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { readCrl, type RevocationList, subjectId } from '../pki/crl.ts';
import { readTextFile } from './read-text-file.ts';

const MOST_BYTES = 16 * 1024 * 1024;
const BLOCK = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The PEM lists of the file, without anything that stands between them.
 * @throws `file/unreadable`, or `input/invalid` when it has none, one that is damaged or expired, or
 * none of one of the authorities: OpenSSL would then let in nobody whom that authority vouches for.
 */
export function loadCrl(path: string, caPem: string, clock: Clock = systemClock): string {
  const text = readTextFile(path, MOST_BYTES);
  const lists = readLists(text, (cause) => invalid(path, 'a list in it is damaged', cause));
  if (lists.length === 0) throw invalid(path, 'it has no PEM revocation list (X509 CRL)');
  const now = clock.now();
  for (const { nextUpdate } of lists) {
    if (nextUpdate === undefined || nextUpdate > now) continue;
    throw invalid(path, `a list in it has expired on ${nextUpdate.toISOString()}`);
  }
  const issuers = new Set(lists.map(({ issuerId }) => issuerId));
  for (const pem of caPem.match(CERTIFICATE) ?? []) {
    const authority = new X509Certificate(pem);
    if (issuers.has(subjectId(authority.raw))) continue;
    const name = authority.subject.replaceAll('\n', ', ');
    throw invalid(path, `it has no list of the authority ${name}, which is in caBundle`);
  }
  return (text.match(BLOCK) ?? []).map((block) => `${block}\n`).join('');
}

/** The instant from which on nobody can be verified any more. */
export function crlExpiry(crlPem: string): Date | undefined {
  return readLists(crlPem)
    .flatMap(({ nextUpdate }) => nextUpdate ?? [])
    .toSorted((left, right) => left.getTime() - right.getTime())
    .at(0);
}

function readLists(pem: string, wrap = (cause: unknown): unknown => cause): RevocationList[] {
  return [...pem.matchAll(BLOCK)].map(([, body = '']) => {
    try {
      return readCrl(Buffer.from(body, 'base64'));
    } catch (thrown) {
      throw wrap(thrown);
    }
  });
}

function invalid(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `${path} cannot be used as a CRL: ${reason}`, {
    mend: 'Give a PEM file with the present revocation list of each authority in caBundle.',
    context: { path },
    cause,
  });
}
