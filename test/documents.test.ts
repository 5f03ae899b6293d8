/**
 * Configurations in the documentation are valid, and its links lead somewhere.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { ROOT } from './support/source-files.ts';
import { openTempDir } from './support/temp-dir.ts';

const folder = await readdir(join(ROOT, 'docs'));
const pages = [
  'README.md',
  ...folder.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

async function yamlOf(page: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
}

describe.each(['docs/getting-started.md', 'docs/recipes.md'])('%s', (page) => {
  it('has only configurations that are valid', async () => {
    await using dir = await openTempDir();
    const path = dir.file('certctl.yaml');
    const examples = await yamlOf(page);
    expect(examples.length).toBeGreaterThan(1);
    for (const yaml of examples) {
      await writeFile(path, yaml);
      const environment = { ...readEnvironment(), cwd: dir.path };
      await expect(loadConfig({ path, environment }), yaml).resolves.toBeDefined();
    }
  });
});

describe.each(pages)('%s', (page) => {
  it('links to what is there', async () => {
    const text = await readFile(join(ROOT, page), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(
      ([, target = '']) => target,
    );
    const missing = targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

it('README lists every page of docs/', async () => {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  expect(pages.slice(1).filter((page) => !text.includes(`(${page})`))).toEqual([]);
});
