/**
 * Targets as commands without a daemon use them.
 *
 * @module
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir, type TempDir } from '../../test/support/temp-dir.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { after, type Clock, MINUTE_MS, systemClock } from '../core/clock.ts';
import type { Reporter } from '../observe/progress.ts';
import { type Control, openControl } from './control.ts';

const { signal } = new AbortController();
const quiet = (): void => {};

async function open(
  dir: TempDir,
  targets: string,
  aheadMs = 0,
  hasTerminator = false,
): Promise<Control & AsyncDisposable> {
  const path = dir.file('certctl.yaml');
  await writeFile(
    path,
    `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal, targets: [out] }\ntargets:\n  out: ${targets}\n`,
  );
  const config = await loadConfig({ path, environment: readEnvironment() });
  const clock: Clock = { ...systemClock, now: () => after(new Date(), aheadMs) };
  const control = await openControl({ config, hasTerminator, clock }, signal);
  return Object.assign(control, { [Symbol.asyncDispose]: () => control.close() });
}

function issue({ operations }: Control, report: Reporter = quiet) {
  const body = { names: ['a.example.com'], wanted: {}, isForced: false, isDryRun: false };
  return operations.issue(body, report, signal);
}

const show = ({ operations }: Control) => operations.show({ name: 'a.example.com' }, quiet, signal);

describe('targets without a daemon', () => {
  it('have what was issued when the command ends', async () => {
    await using dir = await openTempDir();
    const file = dir.file('a.pem');
    await using control = await open(dir, `{ type: files, combined: ${file} }`);
    const { certificate } = await issue(control);
    expect(certificate.deployments).toMatchObject([{ target: 'out', state: 'deployed' }]);
    expect(await readFile(file, 'utf8')).toMatch(/PRIVATE KEY/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('that fail neither fail nor undo the issuance, are shown, and are tried again in time', async () => {
    await using dir = await openTempDir();
    const file = dir.file('later/a.pem');
    const target = `{ type: files, fullchain: ${file} }`;
    {
      await using control = await open(dir, target);
      const { outcome, certificate } = await issue(control);
      expect(outcome).toBe('issued');
      expect(certificate.status).toBe('valid');
      expect(certificate.deployments).toMatchObject([
        { state: 'failing', failure: { count: 1, error: { code: 'file/unwritable' } } },
      ]);
      await mkdir(dir.file('later'));
      await control.operations.renew({ every: 'due' }, quiet, signal);
      expect((await show(control)).deployments).toMatchObject([{ state: 'failing' }]);
    }
    await using later = await open(dir, target, MINUTE_MS);
    await later.operations.renew({ every: 'due' }, quiet, signal);
    expect((await show(later)).deployments).toMatchObject([{ state: 'deployed' }]);
    const [listed] = await later.operations.list({}, quiet, signal);
    expect(listed?.deployments).toMatchObject([{ state: 'deployed' }]);
    expect(await readFile(file, 'utf8')).toMatch(/BEGIN CERTIFICATE/);
  });

  it('that were changed are outdated, and brought up to date', async () => {
    await using dir = await openTempDir();
    {
      await using control = await open(dir, `{ type: files, fullchain: ${dir.file('a.pem')} }`);
      await issue(control);
    }
    await using changed = await open(dir, `{ type: files, fullchain: ${dir.file('b.pem')} }`);
    expect((await show(changed)).deployments).toMatchObject([{ state: 'outdated' }]);
    await changed.operations.renew({ every: 'due' }, quiet, signal);
    expect(await readFile(dir.file('b.pem'), 'utf8')).toMatch(/BEGIN CERTIFICATE/);
  });

  it('that do not exist cannot be named', async () => {
    await using dir = await openTempDir();
    await using control = await open(dir, `{ type: files, fullchain: ${dir.file('a.pem')} }`);
    await issue(control);
    const body = { name: 'a.example.com', target: 'elsewhere' };
    await expect(control.operations.deploy(body, quiet, signal)).rejects.toMatchObject({
      code: 'target/unknown',
    });
  });
});

describe('targets with a daemon', () => {
  it('have what was issued, or are named with their fault, when the request ends', async () => {
    await using dir = await openTempDir();
    const said: string[] = [];
    const report: Reporter = ({ step, message }) => said.push(`${step}: ${message}`);
    const file = dir.file('later/a.pem');
    const target = `{ type: files, fullchain: ${file} }`;
    await using control = await open(dir, target, 0, true);
    const { certificate } = await issue(control, report);
    expect(certificate.deployments).toMatchObject([{ state: 'failing' }]);
    expect(said.at(-1)).toBe(
      `warning: target out failed: cannot write ${file}: its folder does not exist`,
    );
    await mkdir(dir.file('later'));
    const names = ['a.example.com'];
    const [renewed] = await control.operations.renew({ names }, report, signal);
    expect(renewed?.certificate?.deployments).toMatchObject([{ state: 'deployed' }]);
    expect(said.at(-1)).toBe(`deployed: out: wrote ${file}`);
  });
});
