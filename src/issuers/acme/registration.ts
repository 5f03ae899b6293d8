/**
 * The account at the CA: made once, kept in the vault, found again after a crash.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { AccountHandle } from '../../acme/account.ts';
import { hostOf } from '../../acme/https-url.ts';
import { isProblem } from '../../acme/problem.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import type { StoredAccount } from '../issuer.ts';
import type { AccountContext, AccountSettings, RegisteredAccount } from './account-settings.ts';
import { resumeKeyChange } from './key-change.ts';

/**
 * Runs `work` with the account. A CA that has lost the account, as test CAs do at each start, gets
 * it again under the same key; work that a key change overtook is done again by the new key.
 */
export async function withAccount<T>(
  context: AccountContext,
  work: (account: AccountHandle) => Promise<T>,
): Promise<T> {
  const { client, report } = context;
  const account = await openAccount(context);
  try {
    return await work(client.account(account));
  } catch (thrown) {
    if (isProblem(thrown, 'accountDoesNotExist')) {
      report({
        step: 'warning',
        message: 'the CA has forgotten the account; registering it again',
      });
      return work(client.account(await confirm(context, account.privateKey)));
    }
    if (!isAboutKey(thrown)) throw thrown;
    const now = await openAccount(context);
    if (now.privateKey.equals(account.privateKey)) throw thrown;
    return work(client.account(now));
  }
}

/** The account, registered where there is none; what an interrupted change left is settled. */
async function openAccount(context: AccountContext): Promise<RegisteredAccount> {
  const { settings, signal } = context;
  const { vault, directoryUrl } = settings;
  const stored = await vault.load(directoryUrl);
  refuseDeactivated(settings, stored);
  if (isRegistered(stored) && isSettled(stored, settings)) return stored;
  return vault.exclusively(directoryUrl, signal, async () => {
    const found = await vault.load(directoryUrl);
    refuseDeactivated(settings, found);
    return isRegistered(found) ? settle(context, found) : register(context, found);
  });
}

export function isRegistered(account: StoredAccount | undefined): account is RegisteredAccount {
  return account?.url !== undefined;
}

/** The caller holds the vault's lease. `stored` is an account that the CA has not confirmed. */
export async function register(
  context: AccountContext,
  stored: StoredAccount | undefined,
): Promise<RegisteredAccount> {
  const { settings } = context;
  const privateKey = stored?.privateKey ?? (await generatePrivateKey(settings.accountKeyType));
  // The key is on disk before the CA sees it: after a crash the same key finds the account.
  await settings.vault.save(settings.directoryUrl, { privateKey, contact: contactOf(settings) });
  return confirm(context, privateKey);
}

function isSettled(account: StoredAccount, settings: AccountSettings): boolean {
  return account.nextPrivateKey === undefined && hasContact(account, settings);
}

/** An issuer without address leaves the one that the account has. */
function hasContact({ contact }: StoredAccount, settings: AccountSettings): boolean {
  return settings.email === undefined || contact.join() === contactOf(settings).join();
}

/** Neither a key change nor an address may cost a certificate: what fails is tried again next time. */
async function settle(
  context: AccountContext,
  account: RegisteredAccount,
): Promise<RegisteredAccount> {
  const { client, settings, report, signal } = context;
  const { vault, directoryUrl } = settings;
  let settled = account;
  if (account.nextPrivateKey !== undefined) {
    report({
      step: 'account-ready',
      message: 'finishing an interrupted change of the account key',
    });
    settled = await attempt(
      () => resumeKeyChange(context, account),
      async () => ({ ...account, ...(await vault.load(directoryUrl)), url: account.url }),
    );
  }
  if (hasContact(settled, settings)) return settled;
  const contact = contactOf(settings);
  return attempt(
    async () => {
      await client.account(settled).updateContact(contact, signal);
      const changed = { ...settled, contact };
      await vault.save(directoryUrl, changed);
      report({ step: 'account-ready', message: `the contact is ${settings.email} now` });
      return changed;
    },
    async () => settled,
  );

  async function attempt(
    work: () => Promise<RegisteredAccount>,
    otherwise: () => Promise<RegisteredAccount>,
  ): Promise<RegisteredAccount> {
    try {
      return await work();
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      const { message } = toAppError(thrown);
      report({ step: 'warning', message: `the account stays as it is: ${message}` });
      return otherwise();
    }
  }
}

async function confirm(context: AccountContext, privateKey: KeyObject): Promise<RegisteredAccount> {
  const { client, settings, report, signal } = context;
  const contact = contactOf(settings);
  const { acceptTerms: termsOfServiceAgreed, externalAccount } = settings;
  const { url } = await client.createAccount(
    { privateKey, contact, termsOfServiceAgreed, externalAccount },
    signal,
  );
  await settings.vault.save(settings.directoryUrl, { url, privateKey, contact });
  const { termsOfService } = (await client.directory(signal)).meta;
  const terms = termsOfService === undefined ? '' : `; you agreed to its terms: ${termsOfService}`;
  report({ step: 'account-ready', message: `account registered: ${url}${terms}` });
  return { url, privateKey, contact };
}

/** What CAs answer to a signature by a key that is not, or no longer, the account's. */
function isAboutKey(thrown: unknown): boolean {
  const errors = thrown instanceof Error ? [thrown, thrown.cause] : [];
  return errors.some((error) => isProblem(error, 'malformed') || isProblem(error, 'unauthorized'));
}

function refuseDeactivated(
  { directoryUrl }: AccountSettings,
  account: StoredAccount | undefined,
): void {
  if (account?.deactivatedAt === undefined) return;
  const since = account.deactivatedAt.toISOString();
  throw new AppError(
    'acme/unauthorized',
    `the account at ${hostOf(directoryUrl)} was deactivated on ${since}`,
    { mend: 'Use another issuer, or get a new account with `certctl account register`.' },
  );
}

function contactOf({ email }: AccountSettings): string[] {
  return email === undefined ? [] : [`mailto:${email}`];
}
