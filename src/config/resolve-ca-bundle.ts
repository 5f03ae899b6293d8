/**
 * Roots that a part of the configuration trusts beside the usual ones.
 *
 * @module
 */
import { resolve } from 'node:path';
import { toAppError } from '../core/errors.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** Reports a file that cannot be read, or is none. */
export function resolveCaBundle(
  file: string | undefined,
  path: ConfigPath,
  context: ResolveContext,
): string | undefined {
  if (file === undefined) return undefined;
  try {
    return loadCaBundle(resolve(context.directory, file));
  } catch (thrown) {
    const { message, mend } = toAppError(thrown);
    context.report(path, message, mend);
    return undefined;
  }
}
