import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { composeConfig, fipsConfigPath, installFips } from './install.ts';
import { readModule } from './module.ts';
import { parseProviderParameters } from './openssl-config.ts';

describe('installFips', () => {
  it('refuses a file that is no provider, and leaves nothing behind', async () => {
    await using directory = await openTempDir();
    const module = join(directory.path, 'fips.so');
    await writeFile(module, 'no shared object');
    await expect(installFips({ module }, directory.path)).rejects.toMatchObject({
      code: 'fips/unavailable',
      message: `loading the FIPS provider ${module}`,
      cause: expect.objectContaining({
        message: expect.stringContaining('fips') as string,
      }) as Error,
    });
    expect(await readdir(directory.path)).toEqual(['fips.so']);
  });

  it('refuses a module that is another one than at the first use', async () => {
    await using directory = await openTempDir();
    const module = join(directory.path, 'fips.so');
    await writeFile(module, 'before');
    const text = await composeConfig({}, await readModule(module));
    await writeFile(fipsConfigPath(directory.path), text);
    await writeFile(module, 'after');
    await expect(installFips({ module }, directory.path)).rejects.toMatchObject({
      code: 'fips/unavailable',
      message: `the FIPS provider ${module} is not the file that it was`,
      mend: expect.stringContaining('remove fips-openssl.cnf') as string,
    });
  });
});

describe('composeConfig', () => {
  it("takes the operator's parameters when their value fits the file", async () => {
    await using directory = await openTempDir();
    const path = join(directory.path, 'fips.so');
    await writeFile(path, 'module');
    const module = await readModule(path);
    const config = join(directory.path, 'fipsmodule.cnf');
    await writeFile(
      config,
      `[fips_sect]\nmodule-mac = ${module.mac}\ninstall-status = INSTALL_SELF_TEST_KATS_RUN\n`,
    );
    expect(parseProviderParameters(await composeConfig({ config }, module))).toMatchObject({
      'install-status': 'INSTALL_SELF_TEST_KATS_RUN',
    });
    await copyFile(config, path);
    await expect(composeConfig({ config }, await readModule(path))).rejects.toMatchObject({
      code: 'fips/unavailable',
      mend: expect.stringContaining('openssl fipsinstall') as string,
    });
  });

  it("says what is wrong with the operator's file", async () => {
    await using directory = await openTempDir();
    const path = join(directory.path, 'fips.so');
    await writeFile(path, 'module');
    const module = await readModule(path);
    await expect(composeConfig({ config: path }, module)).rejects.toMatchObject({
      message: `reading the provider's configuration ${path}`,
      cause: { message: 'it has no module-mac in a section fips_sect' },
    });
    const config = join(directory.path, 'none');
    await expect(composeConfig({ config }, module)).rejects.toMatchObject({
      message: `reading the provider's configuration ${config}`,
    });
  });

  it('refuses a path that OpenSSL would read otherwise', async () => {
    const module = { path: '/a $b/fips.so', mac: 'AB' };
    await expect(composeConfig({}, module)).rejects.toMatchObject({ code: 'fips/unavailable' });
  });
});
