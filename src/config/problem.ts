/**
 * What is wrong in a configuration file, each with its place.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { quoted } from '../core/quoted.ts';

/** Keys and list indices from the top of the file. */
export type ConfigPath = readonly (string | number)[];

export interface Position {
  /** From 1; 0 where the configuration is in no file. */
  readonly line: number;
  /** From 1, or 0. */
  readonly column: number;
}

export interface Problem extends Position {
  /** As people write it: `certificates[0].challenge`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, to be read after the path. Never a value that was expanded. */
  readonly message: string;
  readonly mend?: string;
}

const MOST_PROBLEMS = 50;
const MOST_SHOWN = 5;

/** @param file as it is shown to people */
export function invalidConfig(file: string, found: readonly Problem[]): AppError {
  const problems = found
    .toSorted((left, right) => left.line - right.line || left.column - right.column)
    .slice(0, MOST_PROBLEMS);
  const lines = problems.slice(0, MOST_SHOWN).map((problem) => lineOf(file, problem));
  const more = found.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const mends = new Set(problems.map((problem) => problem.mend));
  const [mend] = mends;
  return new AppError('config/invalid', lines.join('\n'), {
    mend: mends.size === 1 && mend !== undefined ? mend : 'Correct it at these places.',
    context: { file, problems },
  });
}

export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\w.-]{1,64}$/.test(step)) text += `[${quoted(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

function lineOf(file: string, { line, column, path, message }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${path === '' ? '' : `${path}: `}${message}`;
}
