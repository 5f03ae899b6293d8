/**
 * What every store promises about key-encryption keys: one is in force, and can be replaced.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { SecretRecord } from './records.ts';
import { sampleCertificate, sampleIssuance, sampleOrder } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';
import { KEYRING_CHECK } from './store.ts';

export function describeKeks(adapter: string, open: () => Promise<StoreHarness>): void {
  const retired = { code: 'keyring/retired', context: { kekId: 'new' } };

  describe(`${adapter}: key-encryption keys`, () => {
    it('takes any of them before one is in force', async () => {
      await using harness = await open();
      const { secrets } = harness.store;
      await secrets.insert(secretUnder('a', 'old'));
      await secrets.insert(secretUnder('b', 'new'));
      expect(await secrets.countByKek()).toHaveLength(2);
    });

    it('refuses what is not sealed under the one in force, and all that comes with it', async () => {
      await using harness = await open();
      const { secrets, orders, issuances, certificates, accounts, authorities, issuers } =
        harness.store;
      const { ticketSecrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await secrets.insert(secretUnder(KEYRING_CHECK, 'new'));
      await secrets.insert(secretUnder('right', 'new'));
      const secret = secretUnder('key-order', 'old');
      const authority = {
        issuer: 'internal',
        role: 'root',
        certificatePem: 'pem',
        keySecretId: secret.id,
        notAfter: new Date(0),
      } as const;
      const attempts = [
        () => secrets.insert(secret),
        () => orders.open(sampleOrder('order', 'one'), secret),
        () =>
          issuances.record({
            issuance: sampleIssuance('order', 'one'),
            secret,
            certificate: sampleCertificate('one'),
          }),
        () =>
          accounts.save(
            { directoryUrl: 'd', contact: [], keySecretId: secret.id, createdAt: new Date(0) },
            secret,
          ),
        () => issuers.save({ name: 'one', settings: {}, secretId: secret.id }, secret),
        () => authorities.insert([{ record: authority, secret }]),
        () =>
          ticketSecrets.replace([], {
            record: { secretId: secret.id, createdAt: new Date(0) },
            secret,
          }),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(retired);
      expect(await secrets.find(secret.id)).toBeUndefined();
      expect(await orders.unfinished()).toStrictEqual([]);
      expect(await issuances.ofCertificate('one')).toStrictEqual([]);
      expect(await accounts.list()).toStrictEqual([]);
      expect(await ticketSecrets.list()).toStrictEqual([]);
    });

    it('lists and counts the secrets of one, page by page', async () => {
      await using harness = await open();
      const { secrets } = harness.store;
      const ids = ['d', 'a', 'c', 'b', 'e'];
      for (const id of ids) await secrets.insert(secretUnder(id, 'old'));
      await secrets.insert(secretUnder('other', 'new'));
      expect(await secrets.countByKek()).toEqual(
        expect.arrayContaining([
          { kekId: 'old', secrets: 5 },
          { kekId: 'new', secrets: 1 },
        ]),
      );
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await secrets.listByKek('old', {
          limit: 2,
          ...(after === undefined ? {} : { after }),
        });
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
      }
      expect(seen.toSorted()).toStrictEqual(ids.toSorted());
      expect(await secrets.listByKek('none', { limit: 2 })).toStrictEqual([]);
    });

    it('replaces the wrapping of what is still under the old one, and the ciphertext of nothing', async () => {
      await using harness = await open();
      const { secrets } = harness.store;
      for (const id of ['a', 'b', KEYRING_CHECK]) await secrets.insert(secretUnder(id, 'old'));
      const wrapped = (id: string): SecretRecord => secretUnder(id, 'new', 9);
      await expect(secrets.replaceWrapping('old', [wrapped('a')])).rejects.toMatchObject({
        code: 'keyring/retired',
        context: { kekId: 'old' },
      });
      expect(await secrets.replaceWrapping('old', [wrapped(KEYRING_CHECK)])).toBe(1);
      expect(await secrets.replaceWrapping('old', [wrapped('a'), wrapped('gone')])).toBe(1);
      expect(await secrets.replaceWrapping('old', [secretUnder('a', 'new', 5)])).toBe(0);
      const { ciphertext } = secretUnder('a', 'old').sealed;
      expect(await secrets.find('a')).toStrictEqual({
        id: 'a',
        sealed: { kekId: 'new', wrappedKey: Uint8Array.of(9), ciphertext },
      });
      expect(await secrets.find('b')).toStrictEqual(secretUnder('b', 'old'));
    });

    it('replaces all of a batch, or none', async () => {
      await using harness = await open();
      const { secrets } = harness.store;
      for (const id of [KEYRING_CHECK, 'a', 'b']) await secrets.insert(secretUnder(id, 'old'));
      await secrets.replaceWrapping('old', [secretUnder(KEYRING_CHECK, 'new')]);
      const batch = [secretUnder('a', 'new'), secretUnder('b', 'third')];
      await expect(secrets.replaceWrapping('old', batch)).rejects.toMatchObject(retired);
      expect(await secrets.find('a')).toStrictEqual(secretUnder('a', 'old'));
    });
  });
}

function secretUnder(id: string, kekId: string, wrapping = 1): SecretRecord {
  return {
    id,
    sealed: { kekId, wrappedKey: Uint8Array.of(wrapping), ciphertext: Uint8Array.of(2, 3) },
  };
}
