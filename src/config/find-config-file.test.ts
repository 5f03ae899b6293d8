import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { findConfigFile } from './find-config-file.ts';

describe('findConfigFile', () => {
  it('prefers the flag to the variable to the working directory', async () => {
    await using directory = await openTempDir();
    for (const name of ['certctl.yaml', 'flag.yaml', 'variable.yaml']) {
      await writeFile(directory.file(name), '');
    }
    const cwd = directory.path;
    const environment = { cwd, configPath: 'variable.yaml' };
    expect(findConfigFile({ flag: 'flag.yaml', environment })).toBe(directory.file('flag.yaml'));
    expect(findConfigFile({ environment })).toBe(directory.file('variable.yaml'));
    expect(findConfigFile({ environment: { cwd, configPath: undefined } })).toBe(
      directory.file('certctl.yaml'),
    );
  });

  it.each([
    [{ flag: 'none.yaml' }, undefined, '--config'],
    [{}, 'none.yaml', 'CERTCTL_CONFIG'],
  ])('never passes over a file that was named: %j %s', async (flag, configPath, by) => {
    await using directory = await openTempDir();
    await writeFile(directory.file('certctl.yaml'), '');
    const environment = { cwd: directory.path, configPath };
    expect(() => findConfigFile({ ...flag, environment })).toThrow(
      expect.objectContaining({
        code: 'config/not-found',
        context: expect.objectContaining({ by }),
      }),
    );
  });

  it('takes what cannot be read for the file that is meant', async () => {
    await using directory = await openTempDir();
    await mkdir(directory.file('certctl.yaml'));
    const environment = { cwd: directory.path, configPath: undefined };
    expect(findConfigFile({ environment })).toBe(directory.file('certctl.yaml'));
  });
});
