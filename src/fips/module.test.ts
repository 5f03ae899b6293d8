import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { findModule, readModule } from './module.ts';

/** As strings lie in a shared object. */
const texts = (...found: string[]): string => `\x7fELF\0${found.join('\0')}\0\x01\x02`;

describe('readModule', () => {
  it.each([
    ['OpenSSL FIPS Provider', '3.5.7'],
    ['Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider', '3.0.7-395c1a240fbfffd8'],
    ['Ubuntu 22.04 OpenSSL Cryptographic Module', '3.0.5-0ubuntu0.1+Fips2.1'],
  ])('finds that it is %s %s', async (name, version) => {
    await using directory = await openTempDir();
    const path = join(directory.path, 'fips.so');
    await writeFile(path, texts('2.16.840.1.101.3.4.3.17', name, 'name', version, '3.0.0x'));
    expect(await readModule(path)).toMatchObject({ path, name, version });
  });

  it('names no version when the file has none, or two', async () => {
    await using directory = await openTempDir();
    const path = join(directory.path, 'fips.so');
    await writeFile(path, texts('OpenSSL FIPS Provider', '3.5.7', '3.5.8'));
    const module = await readModule(path);
    expect(module.name).toBe('OpenSSL FIPS Provider');
    expect(module).not.toHaveProperty('version');
  });

  it('gives another integrity value for another file', async () => {
    await using directory = await openTempDir();
    const paths = ['one', 'two'].map((name) => join(directory.path, name));
    const macs = new Set<string>();
    for (const path of paths) {
      await writeFile(path, path);
      const { mac } = await readModule(path);
      expect(mac).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      macs.add(mac);
    }
    expect(macs.size).toBe(2);
  });
});

describe('findModule', () => {
  it('looks into OPENSSL_MODULES first', async () => {
    await using directory = await openTempDir();
    await writeFile(join(directory.path, 'fips.so'), texts('3.5.7'));
    const found = await findModule({ modulesDirectory: directory.path });
    expect(found.path).toBe(join(directory.path, 'fips.so'));
  });

  it('says which file it was to read', async () => {
    await expect(findModule({ module: '/nowhere/fips.so' })).rejects.toMatchObject({
      code: 'fips/unavailable',
      message: 'reading the FIPS provider /nowhere/fips.so',
    });
  });
});
