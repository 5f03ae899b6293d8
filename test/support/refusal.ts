/**
 * A command that must fail: with one error, the right exit status, and nothing left half-done.
 *
 * @module
 */
import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { CertificateRecord, OrderRecord } from '../../src/store/records.ts';
import { runCertctl } from './certctl.ts';
import type { ProgramResult } from './program.ts';
import { systemCode } from '../../src/core/errors.ts';

export interface Refusal {
  readonly status: number;
  /** In the error's own line. */
  readonly message: string | RegExp;
  /** In the line that says what to do. */
  readonly mend: string | RegExp;
}

/** Runs `certctl` and fails unless it refuses as expected. */
export async function expectRefusal(
  args: readonly string[],
  expected: Refusal,
): Promise<ProgramResult> {
  const result = await runCertctl(args, { timeoutMs: 20_000 });
  checkRefusal(result, expected);
  return result;
}

function checkRefusal(result: ProgramResult, { status, message, mend }: Refusal): void {
  const lines = result.stderr.split('\n');
  const errors = lines.filter((line) => line.startsWith('certctl: '));
  const mends = lines.filter((line) => line.startsWith('  mend: '));
  expect({ ...result, errors, mends }).toMatchObject({
    status,
    stdout: '',
    errors: [expect.stringMatching(/^certctl: error: [^A-Z]/)],
    mends: [expect.stringMatching(/^ {2}mend: \S/)],
  });
  expect(errors[0]).toMatch(message);
  expect(mends[0]).toMatch(mend);
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+|undefined|\[object/m);
}

export interface Traces {
  /** Names in the data directory; `undefined` when there is none. */
  readonly files: readonly string[] | undefined;
  readonly certificates: readonly CertificateRecord[];
  readonly unfinished: readonly OrderRecord[];
}

/** What commands have left in a data directory that they no longer use. */
export async function tracesIn(dataDir: string): Promise<Traces> {
  const files = await filesIn(dataDir);
  if (files?.includes('certctl.db') !== true) return { files, certificates: [], unfinished: [] };
  const store = await openSqliteStore({ path: `${dataDir}/certctl.db` });
  try {
    const listed = await store.certificates.list({ limit: 100 });
    const certificates = listed.map(({ certificate }) => certificate);
    return { files, certificates, unfinished: await store.orders.unfinished() };
  } finally {
    await store.close();
  }
}

async function filesIn(path: string): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).toSorted();
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
