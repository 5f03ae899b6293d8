/**
 * `${VAR}` and `${file:/path}` in the texts of a configuration.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { quoted } from '../core/quoted.ts';
import type { Environment } from './environment.ts';
import { readTextFile } from './read-text-file.ts';

const MOST_FILE_BYTES = 64 * 1024;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface ExpansionScope {
  readonly variables: Environment['variables'];
  /** Relative paths start here. */
  readonly directory: string;
}

/** `found` is the text with everything put in; a `failure` is what the reader of the file is told. */
export type Expansion =
  | { readonly found: string; readonly failure?: undefined }
  | { readonly failure: string; readonly mend: string };

/** A `$$` stands for one `$`; a `$` before anything else than `{` stands for itself. */
export function expandText(text: string, scope: ExpansionScope): Expansion {
  let found = '';
  let rest = 0;
  for (const match of text.matchAll(/\$(?:\$|\{([^}]*)(\}?))/g)) {
    found += text.slice(rest, match.index);
    rest = match.index + match[0].length;
    if (match[0] === '$$') {
      found += '$';
      continue;
    }
    if (match[2] !== '}') {
      return { failure: 'has "${" without "}"', mend: 'Close it, or write $$ for a plain $.' };
    }
    const value = valueOf(match[1] ?? '', scope);
    if (value.failure !== undefined) return value;
    found += value.found;
  }
  return { found: found + text.slice(rest) };
}

function valueOf(reference: string, scope: ExpansionScope): Expansion {
  if (reference.startsWith('file:')) return contentOf(reference.slice('file:'.length), scope);
  if (!VARIABLE.test(reference)) {
    return {
      failure: `refers to ${quoted(reference)}, which is neither a variable nor "file:" and a path`,
      mend: 'Write ${NAME} or ${file:/path}, or $$ for a plain $.',
    };
  }
  const value = Object.hasOwn(scope.variables, reference) ? scope.variables[reference] : undefined;
  if (value !== undefined) return { found: value };
  return {
    failure: `refers to the environment variable ${reference}, which is not set`,
    mend: `Set ${reference} for certctl, or write $$ for a plain $.`,
  };
}

/** Editors and `echo` end a file with one line break; it is never part of a secret. */
function contentOf(path: string, scope: ExpansionScope): Expansion {
  try {
    const text = readTextFile(resolve(scope.directory, path), MOST_FILE_BYTES);
    return { found: text.replace(/\r?\n$/, '') };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { failure: thrown.message, mend: thrown.mend ?? 'Correct the path.' };
  }
}
