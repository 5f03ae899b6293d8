/**
 * A new key for the account, through crashes and lost answers (RFC 8555 §7.3.5).
 *
 * Both keys are on disk before the CA hears of the new one, and until it is known which one the
 * account has. An interrupted change is always carried on with the same new key: the request that
 * was cut off may still reach the CA, and giving the new key up could then lose the account.
 *
 * @module
 */
import { isProblem } from '../../acme/problem.ts';
import { type AppError, isAbort, toAppError } from '../../core/errors.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import type { StoredAccount } from '../issuer.ts';
import type { AccountContext, RegisteredAccount } from './account-settings.ts';

/** The CA read the request and will not do it: the account has the old key. */
const REFUSALS: ReadonlySet<AppError['code']> = new Set([
  'acme/rejected',
  'acme/unauthorized',
  'acme/unsupported',
]);

/** The caller holds the vault's lease. @returns the account with its new key, as it is on disk. */
export async function changeAccountKey(
  context: AccountContext,
  account: RegisteredAccount,
): Promise<RegisteredAccount> {
  const { settings, report } = context;
  if (account.nextPrivateKey !== undefined) {
    return resumeKeyChange(context, account);
  }
  const nextPrivateKey = await generatePrivateKey(settings.accountKeyType);
  const begun = { ...account, nextPrivateKey };
  await settings.vault.save(settings.directoryUrl, begun);
  report({ step: 'account-ready', message: 'the new account key is on disk' });
  return request(context, begun);
}

/** Finds out how far an interrupted change came, and finishes it. */
export async function resumeKeyChange(
  context: AccountContext,
  account: RegisteredAccount,
): Promise<RegisteredAccount> {
  if (await hasNextKey(context, account)) return commit(context, account);
  return request(context, account);
}

async function request(
  context: AccountContext,
  account: RegisteredAccount,
): Promise<RegisteredAccount> {
  const { client, settings, report, signal } = context;
  const { url, privateKey, nextPrivateKey } = account;
  if (nextPrivateKey === undefined) throw new TypeError('a key change without a new key');
  try {
    await client.account({ url, privateKey }).changeKey(nextPrivateKey, signal);
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    // Either the answer was lost, or an earlier request of this change came through after all.
    if (await hasNextKey(context, account)) return commit(context, account);
    if (REFUSALS.has(toAppError(thrown).code)) {
      await settings.vault.save(settings.directoryUrl, withoutNextKey(account));
    }
    throw thrown;
  }
  report({ step: 'account-ready', message: 'the CA took the new account key' });
  return commit(context, account);
}

async function hasNextKey(
  { client, signal }: AccountContext,
  { url, nextPrivateKey: privateKey }: RegisteredAccount,
): Promise<boolean> {
  if (privateKey === undefined) return false;
  const query = { privateKey, termsOfServiceAgreed: false, onlyReturnExisting: true };
  try {
    return (await client.createAccount(query, signal)).url === url;
  } catch (thrown) {
    if (isProblem(thrown, 'accountDoesNotExist')) return false;
    throw thrown;
  }
}

async function commit(
  { settings, report }: AccountContext,
  account: RegisteredAccount,
): Promise<RegisteredAccount> {
  const changed = {
    ...withoutNextKey(account),
    privateKey: account.nextPrivateKey ?? account.privateKey,
  };
  await settings.vault.save(settings.directoryUrl, changed);
  report({ step: 'account-ready', message: `the account ${account.url} has its new key` });
  return changed;
}

function withoutNextKey<Account extends StoredAccount>(account: Account): Account {
  const { nextPrivateKey: _dropped, ...rest } = account;
  return rest as Account;
}
