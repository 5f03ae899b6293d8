import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
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

  it('passes over a working directory into which this user may not look', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('certctl.yaml'), '');
    await chmod(directory.path, 0o000);
    const source = JSON.stringify(new URL('find-config-file.ts', import.meta.url).href);
    const environment = JSON.stringify({ cwd: directory.path });
    // For root every folder is open.
    const script = `import { findConfigFile } from ${source};
      if (process.getuid() === 0) process.setuid(65534);
      const found = findConfigFile({ environment: ${environment} });
      console.log(found !== ${JSON.stringify(directory.file('certctl.yaml'))});`;
    const args = ['--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    await chmod(directory.path, 0o700);
    expect(stdout, stderr).toBe('true\n');
  });
});
