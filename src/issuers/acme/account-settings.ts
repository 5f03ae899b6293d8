/**
 * What an account is made with, and where it is kept.
 *
 * @module
 */
import type { ExternalAccount } from '../../acme/external-account.ts';
import type { KeyType } from '../../core/certificate-spec.ts';
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

export interface RegisteredAccount extends StoredAccount {
  readonly url: string;
}
