/**
 * What an account is made with, and where it is kept.
 *
 * @module
 */
import type { AcmeClient } from '../../acme/client.ts';
import type { ExternalAccount } from '../../acme/external-account.ts';
import type { KeyType } from '../../core/certificate-spec.ts';
import type { Reporter } from '../../observe/progress.ts';
import type { AccountVault, StoredAccount } from '../issuer.ts';

export interface AccountSettings {
  readonly directoryUrl: string;
  readonly email?: string | undefined;
  readonly acceptTerms: boolean;
  readonly externalAccount?: ExternalAccount | undefined;
  /** Of new account keys. */
  readonly accountKeyType: KeyType;
  readonly vault: AccountVault;
}

/** What all work on the account is done with. */
export interface AccountContext {
  readonly client: AcmeClient;
  readonly settings: AccountSettings;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

export interface RegisteredAccount extends StoredAccount {
  readonly url: string;
}
