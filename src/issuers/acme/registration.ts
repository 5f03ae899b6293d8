/**
 * The account at the CA: made once, kept in the vault, found again after a crash.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { AccountHandle } from '../../acme/account.ts';
import type { AcmeClient } from '../../acme/client.ts';
import { isProblem } from '../../acme/problem.ts';
import type { Reporter } from '../../observe/progress.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import type { AccountVault } from '../issuer.ts';

export interface AccountSettings {
  readonly directoryUrl: string;
  readonly email?: string | undefined;
  readonly acceptTerms: boolean;
  readonly vault: AccountVault;
}

/**
 * Runs `work` with the account. A CA that has lost the account, as test CAs do at each start, gets
 * it again under the same key.
 */
export async function withAccount<T>(
  client: AcmeClient,
  settings: AccountSettings,
  report: Reporter,
  signal: AbortSignal,
  work: (account: AccountHandle) => Promise<T>,
): Promise<T> {
  const stored = await settings.vault.load(settings.directoryUrl);
  if (stored?.url === undefined) return work(await register(client, settings, report, signal));
  try {
    return await work(client.account({ url: stored.url, privateKey: stored.privateKey }));
  } catch (thrown) {
    if (!isProblem(thrown, 'accountDoesNotExist')) throw thrown;
    report({ step: 'warning', message: 'the CA has forgotten the account; registering it again' });
    const account = await confirm(client, settings, stored.privateKey, report, signal);
    return work(account);
  }
}

function register(
  client: AcmeClient,
  settings: AccountSettings,
  report: Reporter,
  signal: AbortSignal,
): Promise<AccountHandle> {
  const { vault, directoryUrl } = settings;
  return vault.exclusively(directoryUrl, signal, async () => {
    const stored = await vault.load(directoryUrl);
    if (stored?.url !== undefined) {
      return client.account({ url: stored.url, privateKey: stored.privateKey });
    }
    const privateKey = stored?.privateKey ?? (await generatePrivateKey('ec256'));
    // The key is on disk before the CA sees it: after a crash the same key finds the account.
    await vault.save(directoryUrl, { privateKey, contact: contactOf(settings) });
    return confirm(client, settings, privateKey, report, signal);
  });
}

async function confirm(
  client: AcmeClient,
  settings: AccountSettings,
  privateKey: KeyObject,
  report: Reporter,
  signal: AbortSignal,
): Promise<AccountHandle> {
  const contact = contactOf(settings);
  const { url } = await client.createAccount(
    { privateKey, contact, termsOfServiceAgreed: settings.acceptTerms },
    signal,
  );
  await settings.vault.save(settings.directoryUrl, { url, privateKey, contact });
  const { termsOfService } = (await client.directory(signal)).meta;
  const terms = termsOfService === undefined ? '' : `; you agreed to its terms: ${termsOfService}`;
  report({ step: 'account-ready', message: `account registered: ${url}${terms}` });
  return client.account({ url, privateKey });
}

function contactOf({ email }: AccountSettings): string[] {
  return email === undefined ? [] : [`mailto:${email}`];
}
