import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AcmeShHome, openAcmeShHome } from '../../../test/support/acmesh-home.ts';
import { AppError } from '../../core/errors.ts';
import { describeDnsProvider, ONE, TWO } from '../provider.contract.ts';
import type { DnsProvider } from '../provider.ts';
import { settingsSchema } from './metadata.ts';
import { createAcmeShProvider } from './provider.ts';

const { signal } = new AbortController();
const TOKEN = 'hunter2/hunter2+';

let home: AcmeShHome;
beforeEach(async () => {
  home = await openAcmeShHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

describeDnsProvider({
  title: 'acmesh',
  namesRetryAt: false,
  // Scripts have one status for every fault.
  lacks: ['refused-credential', 'rate-limited'],
  open: async (scenario) => {
    const installed = await openAcmeShHome();
    const mode = scenario === 'silent' ? 'silent' : '';
    if (scenario === 'unknown-zone') {
      await installed.addScript('dns_other', "dns_other_add() { _err 'invalid domain'; }\n");
    }
    const script = scenario === 'unknown-zone' ? 'dns_other' : 'dns_file';
    const provider = openProvider(installed, script, { FILE_Mode: mode });
    return {
      provider,
      values: async (name) => valuesOf(await readFile(installed.zoneFile, 'utf8'), name),
      assertComplete: () => {},
      [Symbol.asyncDispose]: async () => {
        await provider.close();
        const left = await readdir(installed.scratchDir);
        if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
        await installed[Symbol.asyncDispose]();
      },
    };
  },
});

it('gives the script a clean environment and a private folder, and takes both away', async () => {
  process.env['ACMESH_PROVIDER_TEST'] = 'leaked';
  await home.addScript(
    'dns_look',
    `dns_look_add() {
      env > "$OUT"; pwd >> "$OUT"; stat -c %a "$LE_CONFIG_HOME" >> "$OUT"; umask >> "$OUT"
      _saveaccountconf_mutable Token "$FILE_Token"; echo "$FILE_Token" > kept
      ls "$LE_CONFIG_HOME" >> "$OUT"
    }\n`,
  );
  const out = `${home.path}/out`;
  await openProvider(home, 'dns_look', { OUT: out }).addTxt(ONE, signal);
  const lines = (await readFile(out, 'utf8')).trim().split('\n');
  const folder = lines.find((line) => line.startsWith('HOME='))?.slice('HOME='.length) ?? '';
  expect(folder.startsWith(`${home.scratchDir}/`)).toBe(true);
  // Where it was, mode, umask, and what it has written: no configuration, although it saved some.
  expect(lines.slice(-4)).toEqual([folder, '700', '0077', 'kept']);
  expect(lines.join('\n')).not.toContain('leaked');
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('shows what the script printed, without its secrets in any spelling', async () => {
  await home.addScript(
    'dns_loud',
    `dns_loud_add() {
      _info "token $FILE_Token"; echo "?token=hunter2%2Fhunter2%2B"
      printf '%s' "$FILE_Token" | base64; printf '%s' "$FILE_Token" | od -An -tx1 | tr -d ' '
      _err "the API said no to $FILE_Token"
    }\n`,
  );
  const failure = await failureOf(openProvider(home, 'dns_loud').addTxt(ONE, signal));
  expect(failure).toMatchObject({
    code: 'dns/rejected',
    message: `cannot create a TXT record of ${ONE.name}: dns_loud_add the API said no to [redacted]`,
  });
  const output = String(failure.context['output']);
  expect(output).toBe(
    'token [redacted]\n?token=[redacted]\n[redacted]\n[redacted]\nthe API said no to [redacted]\n',
  );
});

it('kills a script that hangs, with all that it started, and leaves nothing behind', async () => {
  await home.addScript(
    'dns_hang',
    'dns_hang_add() { (trap "" TERM HUP; sleep 2; touch "$OUT") & sleep 30; }\n',
  );
  const out = `${home.path}/out`;
  const provider = openProvider(home, 'dns_hang', { OUT: out }, 1_000);
  const failure = await failureOf(provider.addTxt(ONE, signal));
  expect(failure).toMatchObject({ code: 'dns/unavailable' });
  expect(failure.message).toContain('did not end within 1000 ms');
  expect(await readdir(home.scratchDir)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('kills what a script leaves running', async () => {
  await home.addScript('dns_fork', 'dns_fork_add() { (sleep 1; touch "$OUT") & }\n');
  const out = `${home.path}/out`;
  await openProvider(home, 'dns_fork', { OUT: out }).addTxt(ONE, signal);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('removes what a killed process of certctl left behind, and nothing else', async () => {
  const gone = spawnSync('true').pid;
  for (const name of [`${gone}-abcdef`, `${process.pid}-abcdef`, 'notes']) {
    await mkdir(`${home.scratchDir}/certctl-acmesh-${name}`);
    await writeFile(`${home.scratchDir}/certctl-acmesh-${name}/http.header`, TOKEN);
  }
  await openProvider(home, 'dns_file').addTxt(ONE, signal);
  expect(new Set(await readdir(home.scratchDir))).toEqual(
    new Set([`certctl-acmesh-${process.pid}-abcdef`, 'certctl-acmesh-notes']),
  );
});

it('runs one call at a time', async () => {
  await home.addScript(
    'dns_slow',
    'dns_slow_add() { echo begin >> "$OUT"; sleep 0.1; echo end >> "$OUT"; }\n',
  );
  const out = `${home.path}/out`;
  const provider = openProvider(home, 'dns_slow', { OUT: out });
  await Promise.all([provider.addTxt(ONE, signal), provider.addTxt(TWO, signal)]);
  const lines = (await readFile(out, 'utf8')).trim().split('\n');
  expect(lines).toEqual(['begin', 'end', 'begin', 'end']);
});

it('uses the shell that acme.sh names', async () => {
  await using other = await openAcmeShHome('#!/usr/bin/bash');
  await other.addScript(
    'dns_bash',
    'dns_bash_add() { local -a list=(a b); [[ ${#list[@]} = 2 ]]; }\n',
  );
  await expect(openProvider(other, 'dns_bash').addTxt(ONE, signal)).resolves.toBeUndefined();
});

it.each([
  [
    'there is no acme.sh',
    '/nonexistent',
    'dns_file',
    /cannot read acme.sh in \/nonexistent: ENOENT/,
  ],
  ['there is no such script', undefined, 'dns_nowhere', /cannot read the script dns_nowhere/],
])('says how to mend that %s', async (_title, path, script, message) => {
  const failure = await failureOf(
    openProvider({ ...home, path: path ?? home.path }, script).addTxt(ONE, signal),
  );
  expect(failure).toMatchObject({ code: 'dns/unavailable', mend: expect.stringMatching(/^Give/) });
  expect(failure.message).toMatch(message);
});

it('fails when the script has no such function', async () => {
  await home.addScript('dns_empty', ':\n');
  const failure = await failureOf(openProvider(home, 'dns_empty').addTxt(ONE, signal));
  expect(failure).toMatchObject({ code: 'dns/rejected' });
  expect(failure.message).toContain('dns_empty_add');
});

function openProvider(
  { path, zoneFile, scratchDir }: AcmeShHome,
  script: string,
  environment: Record<string, string> = {},
  timeoutMs = 10_000,
): DnsProvider {
  const settings = settingsSchema.parse({
    home: path,
    script,
    timeoutMs,
    environment: { FILE_Token: TOKEN, FILE_Zone: zoneFile, ...environment },
  });
  return createAcmeShProvider(settings, { scratchDir });
}

function valuesOf(zone: string, name: string): string[] {
  const lines = zone.split('\n').filter((line) => line.startsWith(`${name} `));
  return lines.map((line) => line.slice(name.length + 1));
}

async function failureOf(work: Promise<void>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof AppError) return thrown;
  throw new Error('no AppError was thrown', { cause: thrown });
}
