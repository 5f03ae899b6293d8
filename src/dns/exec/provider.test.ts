import { chmod, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTempDir, type TempDir } from '../../../test/support/temp-dir.ts';
import { AppError } from '../../core/errors.ts';
import { ONE, TWO } from '../provider.contract.ts';
import type { DnsProvider } from '../provider.ts';
import { createExecProvider } from './provider.ts';

let directory: TempDir;
beforeEach(async () => {
  directory = await openTempDir();
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

const { signal } = new AbortController();

it('gives the program its arguments as they are, and no environment but its own', async () => {
  process.env['EXEC_PROVIDER_TEST'] = 'leaked';
  const provider = await openProvider('printf "%s\\n" "$#" "$@" > "$OUT"; env >> "$OUT"');
  await provider.addTxt({ name: '_acme-challenge.example.com', value: '-$(id) "x"' }, signal);
  const [count, ...rest] = (await readFile(directory.file('out'), 'utf8')).split('\n');
  expect(count).toBe('3');
  expect(rest.slice(0, 3)).toEqual(['add', '_acme-challenge.example.com', '-$(id) "x"']);
  const names = rest.slice(3).map((line) => line.split('=')[0]);
  expect(names).toContain('SECRET');
  expect(names).not.toContain('EXEC_PROVIDER_TEST');
});

it('shows what the program printed, without its secrets', async () => {
  const provider = await openProvider('echo "key $SECRET"; echo "bad $3" >&2; exit 3');
  const failure = await failureOf(provider.addTxt(ONE, signal));
  expect(failure.code).toBe('dns/rejected');
  expect(failure.message).toMatch(/failed with status 3: bad \[redacted\]$/);
  expect(failure.context['output']).toBe('key [redacted]\nbad [redacted]\n');
});

it('keeps no half of a secret when the output is cut', async () => {
  const provider = await openProvider(
    'i=0; while [ $i -lt 900 ]; do echo "x$SECRET"; i=$((i+1)); done; exit 1',
  );
  const { output } = (await failureOf(provider.addTxt(ONE, signal))).context;
  expect(new Set(String(output).trim().split('\n'))).toEqual(new Set(['x[redacted]']));
});

it('kills the whole process group when the time is over', async () => {
  const provider = await openProvider('(sleep 1.5; touch "$OUT") & wait', 1_000);
  const begin = performance.now();
  const failure = await failureOf(provider.addTxt(ONE, signal));
  expect(failure).toMatchObject({ code: 'dns/unavailable' });
  expect(failure.message).toContain('did not end within 1000 ms');
  expect(performance.now() - begin).toBeLessThan(1_450);
  await wait(1_000);
  await expect(readFile(directory.file('out'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('does not wait for a process that the program left behind', async () => {
  const provider = await openProvider('sleep 3 & exit 0');
  const begin = performance.now();
  await provider.addTxt(ONE, signal);
  expect(performance.now() - begin).toBeLessThan(2_000);
});

it('runs one call at a time', async () => {
  const provider = await openProvider('echo begin >> "$OUT"; sleep 0.1; echo end >> "$OUT"');
  await Promise.all([provider.addTxt(ONE, signal), provider.addTxt(TWO, signal)]);
  const lines = (await readFile(directory.file('out'), 'utf8')).trim().split('\n');
  expect(lines).toEqual(['begin', 'end', 'begin', 'end']);
});

it('does not start a call that is cancelled while it waits for its turn', async () => {
  const provider = await openProvider('sleep 0.3; echo "$1" >> "$OUT"');
  const cancellation = new AbortController();
  const first = provider.addTxt(ONE, signal);
  const second = provider.removeTxt(TWO, cancellation.signal);
  const reason = new Error('cancelled');
  cancellation.abort(reason);
  await expect(second).rejects.toBe(reason);
  await first;
  await provider.close();
  expect(await readFile(directory.file('out'), 'utf8')).toBe('add\n');
});

it.each([
  ['is not executable', 0o644, /executable/],
  ['does not exist', undefined, /exists/],
])('says how to mend a program that %s', async (_title, mode, mend) => {
  const program = directory.file('program');
  if (mode !== undefined) await writeFile(program, '#!/bin/sh\n', { mode });
  const provider = createExecProvider({ program, timeoutMs: 5_000, environment: {} });
  const failure = await failureOf(provider.addTxt(ONE, signal));
  expect(failure).toMatchObject({ code: 'dns/unavailable', mend: expect.stringMatching(mend) });
});

async function openProvider(script: string, timeoutMs = 10_000): Promise<DnsProvider> {
  const program = directory.file('program');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const environment = { SECRET: 'hunter2-hunter2', OUT: directory.file('out') };
  return createExecProvider({ program, timeoutMs, environment });
}

async function failureOf(work: Promise<void>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof AppError) return thrown;
  throw new Error('no AppError was thrown', { cause: thrown });
}
