/**
 * Takes over all certificates of another program: each by itself, so that one bad file keeps none of
 * the others out.
 *
 * @module
 */
import type { ImportBody } from '../api/requests.ts';
import type { LiveCertificate, LiveProgram } from '../config/live-folders.ts';
import { type AppError, toAppError } from '../core/errors.ts';
import { displayName, nameSet } from '../core/names.ts';
import { exitCodeOf } from './exit-code.ts';
import { namesText } from './names-text.ts';
import type { Session } from './session.ts';

export interface ImportFrom {
  readonly program: LiveProgram;
  readonly directory?: string | undefined;
  readonly isDryRun: boolean;
  readonly renewal: NonNullable<ImportBody['renewal']>;
}

interface ImportResult {
  readonly outcome: 'imported' | 'planned' | 'skipped' | 'failed';
  readonly file: string;
  readonly names: readonly string[];
  readonly notAfter?: string;
  readonly message?: string;
  readonly mend?: string;
}

const MOST_BYTES = 256 * 1024;

export async function importFrom(session: Session, from: ImportFrom): Promise<number | undefined> {
  const { findLiveCertificates } = await import('../config/live-folders.ts');
  const { environment, output } = session;
  const { certificates } = findLiveCertificates(from.program, from.directory, environment);
  const results: ImportResult[] = [];
  let failure: AppError | undefined;
  for (const certificate of certificates) {
    session.signal.throwIfAborted();
    try {
      results.push(await importOne(session, from, certificate));
    } catch (thrown) {
      session.signal.throwIfAborted();
      const error = toAppError(thrown);
      if (!isOfFile(error)) throw thrown;
      const isThere = error.code === 'certificate/conflict';
      if (!isThere) failure ??= error;
      const { message, mend } = error;
      results.push({
        outcome: isThere ? 'skipped' : 'failed',
        file: certificate.chainFile,
        names: [],
        message,
        ...(mend === undefined ? {} : { mend }),
      });
    }
  }
  output.result(results, results.map(textOf).join('\n'));
  return failure === undefined ? undefined : exitCodeOf(failure);
}

async function importOne(
  { operations, output, signal }: Session,
  { isDryRun, renewal }: ImportFrom,
  { chainFile, keyFile }: LiveCertificate,
): Promise<ImportResult> {
  const { readTextFile } = await import('../config/read-text-file.ts');
  const chainPem = readTextFile(chainFile, MOST_BYTES);
  const privateKeyPem = readTextFile(keyFile, MOST_BYTES);
  if (isDryRun) return plan(chainFile, chainPem, privateKeyPem);
  const body = { chainPem, privateKeyPem, renewal };
  const view = await (await operations()).importCertificate(body, output.progress, signal);
  const { names, current } = view;
  const notAfter = current === undefined ? {} : { notAfter: current.notAfter };
  return { outcome: 'imported', file: chainFile, names, ...notAfter };
}

async function plan(file: string, chainPem: string, keyPem: string): Promise<ImportResult> {
  const { parseChain } = await import('../pki/chain.ts');
  const { checkChain } = await import('../pki/check-chain.ts');
  const { parsePrivateKeyPem } = await import('../pki/keys.ts');
  const names = nameSet(parseChain(chainPem).names);
  const privateKey = parsePrivateKeyPem(keyPem);
  const { notAfter } = checkChain(chainPem, { names, privateKey, now: new Date() });
  const shown = names.map(displayName);
  return { outcome: 'planned', file, names: shown, notAfter: notAfter.toISOString() };
}

/** What is wrong with one certificate says nothing about the next one. */
function isOfFile({ code }: AppError): boolean {
  return (
    code.startsWith('certificate/') ||
    code.startsWith('name/') ||
    code === 'input/invalid' ||
    code === 'file/unreadable'
  );
}

function textOf({ outcome, file, names, notAfter, message, mend }: ImportResult): string {
  const verb = outcome === 'planned' ? 'would import' : outcome;
  if (message !== undefined) {
    return `${verb} ${file}: ${message}${mend === undefined ? '' : `\n  mend: ${mend}`}`;
  }
  return `${verb} ${namesText(names)}, valid until ${notAfter ?? '?'}`;
}
