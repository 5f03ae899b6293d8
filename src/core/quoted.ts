/**
 * Text of others as messages show it.
 *
 * @module
 */

const MOST_CHARACTERS = 64;

/** In quotes, on one line, bounded, without control characters. */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text,
  );
}
