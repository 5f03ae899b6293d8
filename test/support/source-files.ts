/**
 * The text of every TypeScript file in `src/`, for tests that judge it.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutComments } from './imports.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** Relative to `src/`, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` without comments. */
  readonly code: string;
  readonly lines: number;
  /** A unit test or the contract suite of a port. */
  readonly isTest: boolean;
}

export async function readSources(): Promise<SourceFile[]> {
  const root = join(ROOT, 'src');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = await readFile(file, 'utf8');
      return {
        path: relative(root, file).split(sep).join('/'),
        text,
        code: withoutComments(text),
        lines: text.split('\n').length - 1,
        isTest: /\.(?:test|contract)\.ts$/.test(entry.name),
      };
    }),
  );
}
