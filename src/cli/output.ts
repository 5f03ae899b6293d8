/**
 * What a command prints: results on stdout, everything else on stderr.
 *
 * @module
 */
import { causesOf, toWire } from '../core/error-wire.ts';
import type { AppError } from '../core/errors.ts';
import type { Reporter } from '../observe/progress.ts';
import { type Style, createStyle } from './style.ts';

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly hasColor: { readonly stdout: boolean; readonly stderr: boolean };
}

export interface Output {
  readonly isJson: boolean;
  readonly style: Style;
  /** One result: `json` as a document with `--json`, `text` for people otherwise. */
  result(json: unknown, text: string): void;
  readonly progress: Reporter;
  /** A remark that is not part of the result. */
  note(text: string): void;
  error(error: AppError): void;
}

export function createOutput(options: OutputOptions): Output {
  const { isJson, isQuiet, isVerbose } = options;
  const err = createStyle(options.hasColor.stderr);
  return {
    isJson,
    style: createStyle(options.hasColor.stdout),
    result(json, text) {
      if (isJson) console.log(JSON.stringify(json, undefined, 2));
      else if (text !== '') console.log(text);
    },
    progress({ step, message }) {
      if (isQuiet) return;
      const mark = step === 'warning' ? err.yellow('!') : err.dim('·');
      console.error(`${mark} ${message}`);
    },
    note(text) {
      if (!isQuiet) console.error(text);
    },
    error(error) {
      if (isJson) console.error(JSON.stringify({ error: toWire(error) }, undefined, 2));
      else console.error(describe(error, err));
      if (isVerbose && error.stack !== undefined) console.error(err.dim(error.stack));
    },
  };
}

function describe(error: AppError, style: Style): string {
  const lines = [`certctl: ${style.red('error')}: ${error.message}`];
  for (const cause of causesOf(error)) lines.push(`  cause: ${cause}`);
  if (error.retryAt !== undefined) lines.push(`  again: after ${error.retryAt.toISOString()}`);
  if (error.mend !== undefined) lines.push(`  mend: ${error.mend}`);
  return lines.join('\n');
}
