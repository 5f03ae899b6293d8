/**
 * The source of key-encryption keys that the configuration names.
 *
 * @module
 */
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { commandKekSource } from '../keyring/command/source.ts';
import { credentialKekSource } from '../keyring/credential/source.ts';
import { envKekSource } from '../keyring/env/source.ts';
import { fileKekSource } from '../keyring/file/source.ts';
import type { KekSource } from '../keyring/keyring.ts';
import { passphraseKekSource } from '../keyring/passphrase/source.ts';

const KEK_FILE = 'keyring.json';
const SALT_FILE = 'keyring-salt.json';

type Settings = Pick<Config, 'dataDir' | 'keyring'>;

export function createKekSource({ dataDir, keyring }: Settings, clock: Clock): KekSource {
  switch (keyring.source) {
    case 'file':
      return fileKekSource({ path: keyring.path ?? join(dataDir, KEK_FILE), clock });
    case 'env':
      return envKekSource(keyring);
    case 'command':
      return commandKekSource(keyring);
    case 'credential':
      return credentialKekSource(keyring);
    case 'passphrase':
      return passphraseKekSource({
        ...keyring,
        saltPath: keyring.saltPath ?? join(dataDir, SALT_FILE),
      });
  }
}

export interface KeyringFile {
  readonly name: string;
  readonly path: string;
  /** False for what is worthless without a passphrase. */
  readonly holdsKeys: boolean;
}

/** The file that the source keeps, if it has one. */
export function keyringFileOf({ dataDir, keyring }: Settings): KeyringFile | undefined {
  switch (keyring.source) {
    case 'file':
      return { name: KEK_FILE, path: keyring.path ?? join(dataDir, KEK_FILE), holdsKeys: true };
    case 'passphrase':
      return {
        name: SALT_FILE,
        path: keyring.saltPath ?? join(dataDir, SALT_FILE),
        holdsKeys: false,
      };
    case 'env':
    case 'command':
    case 'credential':
      return undefined;
  }
}
