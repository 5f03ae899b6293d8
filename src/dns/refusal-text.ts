/**
 * What an API says in words, wherever in its answer that is.
 *
 * @module
 */

/** The sentences under the keys that APIs use for them; `undefined` when there are none. */
export function findRefusalText(answer: unknown): string | undefined {
  const found = [...new Set(sentencesOf(answer, 0))];
  return found.length === 0 ? undefined : found.slice(0, MOST_SENTENCES).join('; ');
}

function sentencesOf(part: unknown, depth: number): string[] {
  if (typeof part === 'string') return part.trim() === '' ? [] : [part.trim()];
  if (depth >= DEEPEST || typeof part !== 'object' || part === null) return [];
  if (Array.isArray(part)) {
    return part.slice(0, MOST_SENTENCES).flatMap((entry) => sentencesOf(entry, depth + 1));
  }
  const object = part as Readonly<Record<string, unknown>>;
  return KEYS.flatMap((key) =>
    Object.hasOwn(object, key) ? sentencesOf(object[key], depth + 1) : [],
  );
}

const KEYS = [
  'message',
  'error_description',
  'error',
  'errors',
  'detail',
  'reason',
  'description',
  'non_field_errors',
];
const DEEPEST = 4;
const MOST_SENTENCES = 3;
