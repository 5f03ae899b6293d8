/**
 * Opens the keyring, and proves that it belongs to the store before anything is written.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { createKeyring } from '../keyring/create-keyring.ts';
import { fileKekSource } from '../keyring/file/source.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { SecretTable } from '../store/store.ts';

const CHECK_ID = 'keyring-check';
const CHECK_TEXT = 'certctl';

export async function openKeyring(
  path: string,
  secrets: SecretTable,
  signal: AbortSignal,
): Promise<Keyring> {
  const check = await secrets.find(CHECK_ID);
  if (check !== undefined && !existsSync(path)) {
    throw new AppError('keyring/mismatch', `the key-encryption key ${path} is gone`, {
      mend: 'Restore it from a backup: without it no private key in the database can be opened.',
    });
  }
  const keyring = createKeyring(await fileKekSource({ path }).load(signal));
  if (check === undefined) await writeCheck(secrets, keyring);
  else keyring.open(CHECK_ID, check.sealed);
  return keyring;
}

async function writeCheck(secrets: SecretTable, keyring: Keyring): Promise<void> {
  try {
    const sealed = keyring.seal(CHECK_ID, Buffer.from(CHECK_TEXT));
    await secrets.insert({ id: CHECK_ID, sealed });
  } catch (thrown) {
    const first = await secrets.find(CHECK_ID);
    if (first === undefined) throw thrown;
    keyring.open(CHECK_ID, first.sealed);
  }
}
