/**
 * The account at an ACME CA, for who looks after it.
 *
 * @module
 */
import type { AcmeClient } from '../../acme/client.ts';
import { hostOf } from '../../acme/https-url.ts';
import { isProblem } from '../../acme/problem.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import type { Reporter } from '../../observe/progress.ts';
import { keyTypeOf } from '../../pki/keys.ts';
import type { AccountState, IssuerAccount, StoredAccount } from '../issuer.ts';
import { changeAccountKey, resumeKeyChange } from './key-change.ts';
import type { AccountSettings, RegisteredAccount } from './account-settings.ts';
import { isRegistered, register } from './registration.ts';

export interface AccountOptions extends AccountSettings {
  readonly clock: Clock;
}

type Change = (
  stored: StoredAccount | undefined,
  report: Reporter,
  signal: AbortSignal,
) => Promise<AccountState>;

export function createIssuerAccount(client: AcmeClient, options: AccountOptions): IssuerAccount {
  const { vault, directoryUrl, clock } = options;
  const exclusively =
    (change: Change) =>
    (report: Reporter, signal: AbortSignal): Promise<AccountState> =>
      vault.exclusively(directoryUrl, signal, async () =>
        change(await vault.load(directoryUrl), report, signal),
      );

  return {
    show: async (signal) => {
      const stored = await vault.load(directoryUrl);
      return stateOf(client, options, stored, await askStatus(client, stored, signal));
    },
    register: exclusively(async (stored, report, signal) => {
      const known = stored?.deactivatedAt === undefined ? stored : undefined;
      const account = isRegistered(known)
        ? known
        : await register({ client, settings: options, report, signal }, known);
      return stateOf(client, options, account, await askStatus(client, account, signal));
    }),
    rollOver: exclusively(async (stored, report, signal) => {
      const account = existing(options, stored);
      const changed = await changeAccountKey(
        { client, settings: options, report, signal },
        account,
      );
      return stateOf(client, options, changed, { status: 'valid' });
    }),
    deactivate: exclusively(async (stored, report, signal) => {
      let account = existing(options, stored, 'deactivated');
      if (account.deactivatedAt === undefined) {
        if (account.nextPrivateKey !== undefined) {
          account = await resumeKeyChange({ client, settings: options, report, signal }, account);
        }
        await deactivate(client, account, signal);
        account = { ...account, deactivatedAt: clock.now() };
        await vault.save(directoryUrl, account);
      }
      return stateOf(client, options, account, { status: 'deactivated' });
    }),
  };
}

/** After a crash the CA may have done it already; it then refuses the account in every way. */
async function deactivate(
  client: AcmeClient,
  { url, privateKey }: RegisteredAccount,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.account({ url, privateKey }).deactivate(signal);
  } catch (thrown) {
    const isRefused = isProblem(thrown, 'unauthorized') || isProblem(thrown, 'accountDoesNotExist');
    if (isAbort(thrown, signal) || !isRefused) throw thrown;
    const query = { privateKey, termsOfServiceAgreed: false, onlyReturnExisting: true };
    const found = await client.createAccount(query, signal).catch((again: unknown) => {
      if (toAppError(again).code === 'acme/unauthorized') return undefined;
      throw again;
    });
    if (found !== undefined) throw thrown;
  }
}

type Status = Pick<AccountState, 'status' | 'problem'>;

async function askStatus(
  client: AcmeClient,
  stored: StoredAccount | undefined,
  signal: AbortSignal,
): Promise<Status> {
  if (stored?.deactivatedAt !== undefined) return { status: 'deactivated' };
  if (!isRegistered(stored)) return { status: 'none' };
  try {
    return { status: (await client.account(stored).fetchAccount(signal)).status };
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return { status: 'unknown', problem: toAppError(thrown).message };
  }
}

function stateOf(
  client: AcmeClient,
  { directoryUrl }: AccountOptions,
  stored: StoredAccount | undefined,
  status: Status,
): AccountState {
  const keyType = stored && keyTypeOf(stored.privateKey);
  return {
    directoryUrl,
    ...status,
    contact: stored?.contact ?? [],
    ...(isRegistered(stored)
      ? { url: stored.url, thumbprint: client.account(stored).thumbprint }
      : {}),
    ...(keyType === undefined ? {} : { keyType }),
    isKeyChangeUnfinished: stored?.nextPrivateKey !== undefined,
  };
}

function existing(
  { directoryUrl }: AccountOptions,
  stored: StoredAccount | undefined,
  also?: 'deactivated',
): RegisteredAccount {
  const isUsable = stored?.deactivatedAt === undefined || also === 'deactivated';
  if (isRegistered(stored) && isUsable) return stored;
  const state = isUsable ? 'has not been registered yet' : 'was deactivated';
  throw new AppError('input/invalid', `the account at ${hostOf(directoryUrl)} ${state}`, {
    mend: 'Register one with `certctl account register`.',
  });
}
