/**
 * Opens the keyring, and proves that it belongs to the store before anything is written.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { createKeyring } from '../keyring/create-keyring.ts';
import type { KekSource, Keyring } from '../keyring/keyring.ts';
import type { SecretRecord } from '../store/records.ts';
import { KEYRING_CHECK, type SecretTable } from '../store/store.ts';

const CHECK_TEXT = 'certctl';
const MOST_ATTEMPTS = 3;

/** The keyring seals under the key that is in force in the store, whatever the source names first. */
export async function openKeyring(
  source: KekSource,
  secrets: SecretTable,
  signal: AbortSignal,
): Promise<Keyring> {
  const check = await secrets.find(KEYRING_CHECK);
  if (check === undefined) {
    const keyring = createKeyring(await source.load(signal), () => source.reload(signal));
    return await writeCheck(secrets, keyring);
  }
  const keyring = createKeyring(await source.reload(signal), () => source.reload(signal));
  await proveKeyring(keyring, check, secrets);
  return keyring;
}

/** @throws `keyring/mismatch` when the keyring does not open the store's check. */
async function proveKeyring(
  keyring: Keyring,
  check: SecretRecord,
  secrets: SecretTable,
): Promise<void> {
  let current = check;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await keyring.activate(current.sealed.kekId);
      keyring.open(KEYRING_CHECK, current.sealed);
      return;
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'keyring/mismatch') throw thrown;
      // Another process may have finished a rotation since the check was read.
      const now = await secrets.find(KEYRING_CHECK);
      const isSame = now === undefined || now.sealed.kekId === current.sealed.kekId;
      if (isSame || attempt === MOST_ATTEMPTS) throw thrown;
      current = now;
    }
  }
}

async function writeCheck(secrets: SecretTable, keyring: Keyring): Promise<Keyring> {
  try {
    const sealed = keyring.seal(KEYRING_CHECK, Buffer.from(CHECK_TEXT));
    await secrets.insert({ id: KEYRING_CHECK, sealed });
  } catch (thrown) {
    const first = await secrets.find(KEYRING_CHECK);
    if (first === undefined) throw thrown;
    await proveKeyring(keyring, first, secrets);
  }
  return keyring;
}
