/**
 * Every module that the worker program imports, by following the imports in the sources.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importsOf } from './imports.ts';

const SRC = new URL('../../src/', import.meta.url);

export interface WorkerGraph {
  /** Files relative to `src/`. */
  readonly files: readonly string[];
  /** Everything that is no file of ours. */
  readonly packages: readonly string[];
}

/** Types leave no import behind, so what is imported only as a type is not followed. */
export function workerGraph(
  entry = 'main/worker.ts',
  /** Without what is imported only when it is needed, or with it. */
  extent: 'static' | 'all' = 'all',
): WorkerGraph {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const url = new URL(file, SRC);
    const text = readFileSync(fileURLToPath(url), 'utf8')
      .replaceAll(TYPE_IMPORT, '')
      .replaceAll(extent === 'static' ? LATE_IMPORT : /$^/g, '');
    for (const { specifier } of importsOf(text)) {
      if (specifier === undefined) throw new Error(`${file} computes an import`);
      if (specifier.startsWith('.')) visit(new URL(specifier, url).href.slice(SRC.href.length));
      else packages.add(specifier);
    }
  };
  visit(entry);
  return { files: [...files], packages: [...packages] };
}

const LATE_IMPORT = /\bimport\('[^']*'\)/g;
const TYPE_IMPORT = /^(?:import|export) type [\s\S]*?;$/gm;
