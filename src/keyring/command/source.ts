/**
 * Key-encryption keys that programs print, such as the client of a key management service.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import type { Kek, KekSet, KekSource } from '../keyring.ts';
import { kekSetOf, parseKek } from '../raw-keks.ts';
import { runCommand } from './run-command.ts';

/** Program and arguments; no shell is between. */
export type KekCommand = readonly [string, ...string[]];

export interface CommandKekSourceOptions {
  readonly active: KekCommand;
  /** They print keys that still wrap something, until they were replaced. */
  readonly previous: readonly KekCommand[];
  /** For one run. */
  readonly timeoutMs: number;
}

export function commandKekSource(options: CommandKekSourceOptions): KekSource {
  const { active, previous, timeoutMs } = options;
  const load = async (signal: AbortSignal): Promise<KekSet> => {
    const keks = await Promise.all(
      [active, ...previous].map((command) => ask(command, timeoutMs, signal)),
    );
    const [first, ...others] = keks;
    if (first === undefined) throw new TypeError('there is no command');
    return kekSetOf(first, others);
  };
  return { place: `the command ${active[0]}`, load, reload: load };
}

async function ask(command: KekCommand, timeoutMs: number, signal: AbortSignal): Promise<Kek> {
  const [program] = command;
  const end = await runCommand(command, timeoutMs, signal);
  if (end.failure === undefined) return parseKek(end.output, `the command ${program}`);
  throw new AppError(
    'keyring/unavailable',
    `cannot get the key-encryption key: the command ${program} ${end.failure}`,
    {
      mend: 'Run it by hand as the user that runs certctl: it must print the key and end with 0.',
      context: { program },
      cause: end.cause,
    },
  );
}
