/**
 * Key-encryption keys derived from passphrases.
 *
 * @module
 */
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { KEK_BYTES } from '../envelope.ts';
import { keksGone } from '../keks-gone.ts';
import type { Kek, KekSet, KekSource } from '../keyring.ts';
import { kekOf, kekSetOf } from '../raw-keks.ts';
import { createSaltFile, readSaltFile, type Stretching } from './salt-file.ts';

export interface PassphraseKekSourceOptions {
  readonly active: string;
  /** Passphrases whose keys still wrap something, until they were replaced. */
  readonly previous: readonly string[];
  /** Created where there is none; its directory must exist. */
  readonly saltPath: string;
}

const derive = promisify(pbkdf2);

export function passphraseKekSource(options: PassphraseKekSourceOptions): KekSource {
  const { active, previous, saltPath } = options;
  const place = `the passphrase with the salt ${saltPath}`;

  async function stretchAll(stretching: Stretching, signal: AbortSignal): Promise<KekSet> {
    const first = await stretch(active, stretching, signal);
    const others: Kek[] = [];
    for (const passphrase of previous) others.push(await stretch(passphrase, stretching, signal));
    return kekSetOf(first, others);
  }

  async function reload(signal: AbortSignal): Promise<KekSet> {
    signal.throwIfAborted();
    const stretching = await readSaltFile(saltPath);
    if (stretching === undefined) throw keksGone(place);
    return stretchAll(stretching, signal);
  }

  return {
    place,
    reload,
    load: async (signal) => {
      signal.throwIfAborted();
      if ((await readSaltFile(saltPath)) === undefined) await createSaltFile(saltPath);
      return reload(signal);
    },
  };
}

async function stretch(
  passphrase: string,
  { salt, iterations }: Stretching,
  signal: AbortSignal,
): Promise<Kek> {
  signal.throwIfAborted();
  // One spelling of what people type on different systems.
  const key = await derive(passphrase.normalize('NFKC'), salt, iterations, KEK_BYTES, 'sha256');
  signal.throwIfAborted();
  return kekOf(key);
}
