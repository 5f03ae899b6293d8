/**
 * Key-encryption keys in environment variables.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import type { Kek, KekSet, KekSource } from '../keyring.ts';
import { kekSetOf, parseKek } from '../raw-keks.ts';

export interface KekVariable {
  readonly name: string;
  /** Absent when the variable is not set. */
  readonly value?: string;
}

export interface EnvKekSourceOptions {
  readonly active: KekVariable;
  /** Keys that still wrap something, until they were replaced. */
  readonly previous: readonly KekVariable[];
}

export function envKekSource({ active, previous }: EnvKekSourceOptions): KekSource {
  const load = async (signal: AbortSignal): Promise<KekSet> => {
    signal.throwIfAborted();
    return kekSetOf(parse(active), previous.map(parse));
  };
  return { place: `the environment variable ${active.name}`, load, reload: load };
}

function parse({ name, value = '' }: KekVariable): Kek {
  if (value !== '') return parseKek(value, `the environment variable ${name}`);
  throw new AppError(
    'keyring/unavailable',
    `cannot get the key-encryption key: the environment variable ${name} is not set`,
    { mend: `Set ${name} for certctl.`, context: { variable: name } },
  );
}
