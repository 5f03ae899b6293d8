/**
 * An external account as options give it: the key comes from a file, since everybody on the machine
 * can read the arguments of a process.
 *
 * @module
 */
import { type ExternalAccount, type MacAlgorithm, isMacKey } from '../acme/external-account.ts';
import { readTextFile } from '../config/read-text-file.ts';
import { AppError } from '../core/errors.ts';

export interface ExternalAccountOptions {
  readonly eabKeyId?: string;
  readonly eabHmacKeyFile?: string;
  readonly eabAlgorithm?: MacAlgorithm;
}

const MOST_BYTES = 10_000;

/** @throws `usage/invalid` for half of the options, `input/invalid` for a key that is not base64url. */
export function externalAccountOf(options: ExternalAccountOptions): ExternalAccount | undefined {
  const { eabKeyId: keyId, eabHmacKeyFile: file, eabAlgorithm: algorithm } = options;
  if (keyId === undefined && file === undefined && algorithm === undefined) return undefined;
  if (keyId === undefined || file === undefined) {
    throw new AppError('usage/invalid', 'an external account needs a key identifier and a key', {
      mend: 'Give both --eab-key-id and --eab-hmac-key-file.',
    });
  }
  const hmacKey = readTextFile(file, MOST_BYTES).trim();
  if (!isMacKey(hmacKey)) {
    throw new AppError('input/invalid', `the HMAC key in ${file} is not base64url`, {
      mend: 'Copy the key again as the CA shows it: letters, digits, - and _ only.',
    });
  }
  return { keyId, hmacKey, ...(algorithm === undefined ? {} : { algorithm }) };
}
