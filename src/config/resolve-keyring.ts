/**
 * The source of key-encryption keys, with what the environment says about it.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { KeyringSettings } from './config.ts';
import type { FileConfig } from './file-schema.ts';
import { parseDuration } from './parse-duration.ts';
import type { ResolveContext } from './resolve-context.ts';

type Command = readonly [string, ...string[]];

/** What is not set is no fault here: a command that asks the daemon needs no key. */
export function resolveKeyring(
  keyring: FileConfig['keyring'],
  context: ResolveContext,
): KeyringSettings {
  const { variables } = context.environment;
  switch (keyring?.source) {
    case undefined:
      return { source: 'file' };
    case 'file':
      return { source: 'file', ...pathOf('path', keyring.path, context) };
    case 'env': {
      const read = (name: string) => {
        const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
        return value === undefined ? { name } : { name, value };
      };
      return {
        source: 'env',
        active: read(keyring.variable),
        previous: previous(keyring.previous).map(read),
      };
    }
    case 'command':
      return {
        source: 'command',
        // The schema wants the program.
        active: keyring.command as unknown as Command,
        previous: (keyring.previous ?? []) as unknown as readonly Command[],
        timeoutMs: parseDuration(keyring.timeout) ?? 0,
      };
    case 'credential': {
      const folder = variables['CREDENTIALS_DIRECTORY'];
      const place = (name: string) =>
        folder === undefined ? { name } : { name, path: resolve(folder, name) };
      return {
        source: 'credential',
        active: place(keyring.name),
        previous: previous(keyring.previous).map(place),
      };
    }
    case 'passphrase':
      return {
        source: 'passphrase',
        active: keyring.passphrase,
        previous: previous(keyring.previous),
        ...pathOf('saltPath', keyring.salt, context),
      };
  }
}

/** One entry may stand without its list. */
function previous(given: string | readonly string[] | undefined): readonly string[] {
  return typeof given === 'string' ? [given] : (given ?? []);
}

function pathOf<Key extends string>(
  key: Key,
  path: string | undefined,
  context: ResolveContext,
): { readonly [K in Key]?: string } {
  const found = path === undefined ? {} : { [key]: resolve(context.directory, path) };
  return found as { readonly [K in Key]?: string };
}
