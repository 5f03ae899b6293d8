/**
 * What the checks of meaning share: where they report, and what the file refers to by name.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { type Name, parseName } from '../core/names.ts';
import type { Environment } from './environment.ts';
import { nearestWord } from '../core/nearest-word.ts';
import { quoted } from '../core/quoted.ts';
import type { ConfigPath } from './problem.ts';

export interface ResolveContext {
  readonly environment: Environment;
  /** Relative paths of the file start here. */
  readonly directory: string;
  /** Takes one problem; resolving goes on, its result is thrown away. */
  readonly report: (path: ConfigPath, message: string, mend?: string) => void;
  readonly isExpanded: (path: ConfigPath) => boolean;
  /** Every issuer that the file means to have, also those with faults of their own. */
  readonly issuerTypes: ReadonlyMap<string, 'acme' | 'internal'>;
  readonly credentialNames: ReadonlySet<string>;
  readonly targetNames: ReadonlySet<string>;
  /** Takes the absolute path of each file whose content ends up in the configuration. */
  readonly files: Set<string>;
  /** The file asks for FIPS mode. */
  readonly isFips: boolean;
}

/** Reports and returns `undefined` for a text that is not a name. */
export function resolveName(
  text: string,
  path: ConfigPath,
  context: ResolveContext,
): Name | undefined {
  try {
    return parseName(text);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    // What comes from the environment may be a secret in the wrong place.
    const message = context.isExpanded(path) ? 'is not a name for a certificate' : thrown.message;
    context.report(path, message, thrown.mend);
    return undefined;
  }
}

export function checkReference(
  kind: 'issuer' | 'DNS credential' | 'target',
  name: string,
  path: ConfigPath,
  context: ResolveContext,
): void {
  const known = [
    ...{
      issuer: context.issuerTypes.keys(),
      'DNS credential': context.credentialNames,
      target: context.targetNames,
    }[kind],
  ];
  if (known.includes(name)) return;
  const shown = context.isExpanded(path) ? 'of that name' : quoted(name);
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? listOf(known) : `the nearest is "${nearest}"`;
  context.report(path, `there is no ${kind} ${shown}; ${hint}`);
}

function listOf(known: readonly string[]): string {
  return known.length === 0 ? 'there is none at all' : `known: ${known.join(', ')}`;
}
