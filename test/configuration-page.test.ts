import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationPage, configurationSections } from '../scripts/configuration-page.ts';
import { fileSchema } from '../src/config/file-schema.ts';
import { ROOT } from './support/source-files.ts';

describe('docs/configuration.md', () => {
  it('is what scripts/configuration-page.ts prints', async () => {
    const page = await readFile(join(ROOT, 'docs/configuration.md'), 'utf8');
    expect(page).toBe(configurationPage());
  });

  it('has every section of a file, and explains every key', () => {
    const sections = configurationSections();
    expect(sections.map(({ key }) => key)).toEqual(Object.keys(fileSchema.shape));
    const keys = sections.flatMap((section) => section.keys);
    expect(keys.filter(({ description }) => /^$|undefined/.test(description))).toEqual([]);
    expect(sections.filter(({ description }) => description === '')).toEqual([]);
  });

  it.each([
    ['listeners[].proxyProtocol.from', 'list of text', 'required'],
    ['keyring (source: command).timeout', 'text', 'default `30s`'],
    ['endpoints[] (protocol: https).hsts.maxAge', 'number', 'required'],
    ['tls.minVersion', '`1.1` `1.2` `1.3`', 'optional'],
    ['user', 'text or number', 'optional'],
    ['issuers.NAME (type: acme).acceptTerms', 'true or false', 'optional'],
  ])('says of %s that it is %s, %s', (path, kind, state) => {
    const keys = configurationSections().flatMap((section) => section.keys);
    expect(keys.find((key) => key.path === path)).toMatchObject({ kind, state });
  });

  it('leaves out what a protocol does not have', () => {
    const paths = configurationSections().flatMap((section) =>
      section.keys.map(({ path }) => path),
    );
    expect(paths).not.toContain('endpoints[] (protocol: https).proxyProtocol');
    expect(paths).toContain('endpoints[] (protocol: tcp).proxyProtocol');
  });
});
