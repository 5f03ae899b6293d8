/**
 * What is said of a key that nobody knows, in a file and in a request.
 *
 * @module
 */
import { nearestWord } from './nearest-word.ts';
import { quoted } from './quoted.ts';

/** @param known all keys that may stand there */
export function unknownKey(
  key: string,
  known: readonly string[],
): { readonly message: string; readonly mend?: string } {
  const nearest = nearestWord(key, known);
  const message = `unknown key ${quoted(key)}`;
  if (nearest === undefined) {
    return {
      message: known.length === 0 ? message : `${message}; known here: ${known.join(', ')}`,
    };
  }
  return {
    message: `${message}; the nearest known key is "${nearest}"`,
    mend: `Write ${nearest} in place of it, or remove it.`,
  };
}
