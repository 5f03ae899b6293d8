/**
 * Names for people: internationalized ones in both forms.
 *
 * @module
 */
import { displayName, findName } from '../core/names.ts';

/** All of them, or the first `most` and how many more there are. */
export function namesText(names: readonly string[], most = names.length): string {
  const shown = names.slice(0, most).map((name) => {
    const parsed = findName(name);
    return parsed === undefined ? name : displayName(parsed);
  });
  const hidden = names.length - shown.length;
  return shown.join(', ') + (hidden > 0 ? ` +${hidden}` : '');
}
