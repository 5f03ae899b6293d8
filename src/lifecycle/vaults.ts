/**
 * Where issuers keep their accounts and authorities: in the store, their keys sealed.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/id.ts';
import type { AccountVault, AuthorityVault, StoredAuthority } from '../issuers/issuer.ts';
import { withLease } from './leases.ts';
import type { SealedKeys } from './sealed-keys.ts';
import type { AuthorityRole, SecretRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

export interface VaultOptions {
  readonly store: Store;
  readonly keys: SealedKeys;
  readonly clock: Clock;
}

export function createAccountVault({ store, keys, clock }: VaultOptions): AccountVault {
  return {
    async load(directoryUrl) {
      const record = await store.accounts.find(directoryUrl);
      if (record === undefined) return undefined;
      const { nextKeySecretId } = record;
      return {
        contact: record.contact,
        privateKey: await keys.load(record.keySecretId),
        ...(record.url === undefined ? {} : { url: record.url }),
        ...(nextKeySecretId === undefined
          ? {}
          : { nextPrivateKey: await keys.load(nextKeySecretId) }),
        ...(record.deactivatedAt === undefined ? {} : { deactivatedAt: record.deactivatedAt }),
      };
    },
    async save(directoryUrl, account) {
      const before = await store.accounts.find(directoryUrl);
      const known = [before?.keySecretId, before?.nextKeySecretId].filter((id) => id !== undefined);
      const secrets: SecretRecord[] = [];
      const secretIdOf = async (key: KeyObject): Promise<string> => {
        for (const id of known) if ((await keys.load(id)).equals(key)) return id;
        const id = `account-key/${newId(clock.now())}`;
        secrets.push(keys.seal(id, key));
        return id;
      };
      const { url, contact, privateKey, nextPrivateKey, deactivatedAt } = account;
      const record = {
        directoryUrl,
        contact,
        keySecretId: await secretIdOf(privateKey),
        ...(nextPrivateKey === undefined
          ? {}
          : { nextKeySecretId: await secretIdOf(nextPrivateKey) }),
        createdAt: before?.createdAt ?? clock.now(),
        ...(url === undefined ? {} : { url }),
        ...(deactivatedAt === undefined ? {} : { deactivatedAt }),
      };
      if (secrets.length > 1) throw new TypeError('an account got two new keys at once');
      await store.accounts.save(record, secrets[0]);
    },
    exclusively: (directoryUrl, signal, work) =>
      withLease(
        {
          leases: store.leases,
          clock,
          name: `account/${directoryUrl}`,
          subject: `changing the account at ${directoryUrl}`,
          patience: 'wait',
        },
        signal,
        work,
      ),
  };
}

export function createAuthorityVault({ store, keys, clock }: VaultOptions): AuthorityVault {
  async function load(issuer: string, role: AuthorityRole): Promise<StoredAuthority | undefined> {
    const record = await store.authorities.find(issuer, role);
    if (record === undefined) return undefined;
    const { certificatePem, notAfter } = record;
    return { certificatePem, notAfter, privateKey: await keys.load(record.keySecretId) };
  }

  function entry(issuer: string, role: AuthorityRole, authority: StoredAuthority) {
    const keySecretId = `authority-key/${newId(clock.now())}`;
    const { certificatePem, notAfter } = authority;
    return {
      record: { issuer, role, certificatePem, notAfter, keySecretId },
      secret: keys.seal(keySecretId, authority.privateKey),
    };
  }

  return {
    async load(issuer) {
      const root = await load(issuer, 'root');
      const intermediate = await load(issuer, 'intermediate');
      return root === undefined || intermediate === undefined ? undefined : { root, intermediate };
    },
    create: (issuer, { root, intermediate }) =>
      store.authorities.insert([
        entry(issuer, 'root', root),
        entry(issuer, 'intermediate', intermediate),
      ]),
  };
}
