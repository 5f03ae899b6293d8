/**
 * Changes of an account itself: contact, key, and its end (RFC 8555 §7.3.2, §7.3.5, §7.3.6).
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { type Account, accountSchema } from './account-state.ts';
import type { Exchange, SignedRequest } from './exchange.ts';
import { hostOf } from './https-url.ts';
import { parseAnswer } from './parse-answer.ts';
import { createSigner } from './signer.ts';

/** The account with the key that signs for it so far. */
export type By = Required<Pick<SignedRequest, 'signer'>> & { readonly accountUrl: string };

/** `contact` takes the place of all that the CA knows; it may keep none of it. */
export function updateContact(
  exchange: Exchange,
  by: By,
  contact: readonly string[],
  signal?: AbortSignal,
): Promise<Account> {
  return update(exchange, by, 'change the contact of the account', { contact }, signal);
}

/** Cannot be undone: the CA takes no request of this account any more. */
export function deactivateAccount(
  exchange: Exchange,
  by: By,
  signal?: AbortSignal,
): Promise<Account> {
  return update(exchange, by, 'deactivate the account', { status: 'deactivated' }, signal);
}

/**
 * Gives the account another key; sent once. After an unknown outcome either key may be the
 * account's: who has both finds out by looking for the account of each.
 *
 * @throws `acme/unsupported` where the CA offers no key change, before anything is sent.
 */
export async function changeKey(
  exchange: Exchange,
  by: By,
  newKey: KeyObject,
  signal?: AbortSignal,
): Promise<void> {
  const { keyChange: url, newAccount } = await exchange.directory(signal);
  if (url === undefined) {
    throw new AppError('acme/unsupported', `${hostOf(newAccount)} offers no change of keys`, {
      mend: 'Keep the key, or register another account.',
    });
  }
  const signer = createSigner(newKey);
  const inner = signer.signKeyChange(url, { account: by.accountUrl, oldKey: by.signer.jwk });
  const attempted = 'change the key of the account';
  await exchange.post({ url, attempted, payload: inner, ...by }, signal);
}

async function update(
  exchange: Exchange,
  by: By,
  attempted: string,
  payload: object,
  signal?: AbortSignal,
): Promise<Account> {
  const url = by.accountUrl;
  const response = await exchange.post({ url, attempted, payload, ...by }, signal);
  return { ...parseAnswer(response, accountSchema, attempted), url };
}
