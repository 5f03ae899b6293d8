/**
 * What the check of a file's shape found, in words for whoever wrote the file.
 *
 * @module
 */
import { z } from 'zod';
import { nearestWord } from '../core/nearest-word.ts';
import { unknownKey } from '../core/unknown-key.ts';
import type { ConfigPath } from './problem.ts';

export interface Finding {
  readonly path: ConfigPath;
  /** Whether the key is at fault or its value. */
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly mend?: string;
}

/** Keys that design and documentation know and this version does not act on. */
const UNSUPPORTED: readonly RegExp[] = [
  /^dashboard$/,
  /^tunnel$/,
  /^endpoints\.\d+\.(?:clientCertificates|groups)$/,
];

/** Wordings for zod; texts that a schema gives itself win over these. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is required: ${kindOf(issue.expected)}`
        : `must be ${kindOf(issue.expected)}, not ${kindOfValue(issue.input)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'invalid_union':
      return Array.isArray(issue['options'])
        ? oneOf(issue['options'].map(String), read(issue.input, issue['discriminator']))
        : undefined;
    case 'unrecognized_keys':
      // The only place where the keys of the schema at hand are known; `findingsOf` takes them out.
      return JSON.stringify(keysOf(issue.inst));
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty';
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${issue.maximum}`
        : `is too long: at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}`;
    default:
      return undefined;
  }
};

export function findingsOf(issue: z.core.$ZodIssue, above: ConfigPath = []): Finding[] {
  const path = [...above, ...issue.path.map(stepOf)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_KEYS).map((key) => findingOfKey(path, key, issue.message));
    case 'invalid_key':
      return [{ path, part: 'key', message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_union': {
      const branch = likeliestBranch(issue.errors);
      // A union with a wording of its own describes all its branches at once.
      if (branch === undefined || issue.message !== UNWORDED) break;
      return branch.flatMap((inner) => findingsOf(inner, path));
    }
    default:
  }
  return [{ path, part: 'value', message: issue.message }];
}

/** What zod says of a union when neither schema nor `wording` says something. */
const UNWORDED = 'Invalid input';
const MOST_KEYS = 20;

function findingOfKey(parent: ConfigPath, key: string, known: string): Finding {
  const path = [...parent, key];
  if (UNSUPPORTED.some((pattern) => pattern.test(path.join('.')))) {
    return {
      path,
      part: 'key',
      message: 'is not supported by this version',
      mend: 'Remove it: certctl would not act on it.',
    };
  }
  const keys = JSON.parse(known) as string[];
  return { path, part: 'key', ...unknownKey(key, keys) };
}

/** The branch that got furthest into the value; one that wants another kind of value comes last. */
function likeliestBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  return branches.toSorted((left, right) => merit(right) - merit(left))[0];
}

function merit([issue]: readonly z.core.$ZodIssue[]): number {
  return (issue?.path.length ?? 0) * 2 - (issue?.code === 'invalid_type' ? 1 : 0);
}

function oneOf(allowed: readonly string[], given: unknown): string {
  const list = `must be ${allowed.length === 1 ? '' : 'one of: '}${allowed.map((word) => `"${word}"`).join(', ')}`;
  if (given === undefined) return `is required and ${list}`;
  const nearest = typeof given === 'string' ? nearestWord(given, allowed) : undefined;
  return nearest === undefined || allowed.length === 1 ? list : `${list}; "${nearest}" is nearest`;
}

function keysOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function read(value: unknown, key: unknown): unknown {
  return typeof value === 'object' && value !== null && typeof key === 'string'
    ? Reflect.get(value, key)
    : undefined;
}

function stepOf(step: PropertyKey): string | number {
  return typeof step === 'symbol' ? String(step) : step;
}

function kindOf(expected: string): string {
  return KINDS[expected] ?? expected;
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'empty';
  return kindOf(Array.isArray(value) ? 'array' : typeof value);
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
};
