/**
 * A configuration that a program gives as a value: the same keys and checks as those of a file.
 *
 * @module
 */
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import type { ConfigPath, Problem } from './problem.ts';
import { readConfigSource } from './read-config-source.ts';

export interface ConfigValueRequest {
  readonly value: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** Who gives it, for errors. */
  readonly shown: string;
  /** What is known to be wrong already, to be told with the rest. */
  readonly problems?: readonly Problem[];
}

/** Texts are taken as they are: a program that wants a variable of the environment reads it itself. */
export function readConfigValue({
  value,
  environment,
  shown,
  problems = [],
}: ConfigValueRequest): Promise<Config> {
  const source = {
    value: withoutAbsent(value),
    problems,
    locate: (path: ConfigPath) => ({ line: 0, column: 0, depth: depthOf(value, path) }),
    isExpanded: () => false,
  };
  return readConfigSource(source, { environment, directory: environment.cwd, shown });
}

/** An option that is `undefined` is one that was not given. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(given.map(([key, member]) => [key, withoutAbsent(member)]));
}

/** How many steps of the path the value has. */
function depthOf(value: unknown, path: ConfigPath): number {
  let current = value;
  for (const [depth, step] of path.entries()) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) {
      return depth;
    }
    current = (current as Readonly<Record<string | number, unknown>>)[step];
  }
  return path.length;
}
