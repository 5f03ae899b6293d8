/**
 * What happens to secrets when accounts, issuers and tickets get others.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { AccountRecord } from './records.ts';
import { at, sampleSecret } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeSecretOwners(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: owners of secrets`, () => {
    it('keeps both keys of an account during a key change, and the new one only after it', async () => {
      await using harness = await open();
      const { accounts, secrets } = harness.store;
      const before: AccountRecord = {
        directoryUrl: 'https://ca.example/directory',
        url: 'https://ca.example/account/1',
        contact: [],
        keySecretId: 'old-key',
        createdAt: at(0),
      };
      await accounts.save(before, sampleSecret('old-key'));
      const during = { ...before, nextKeySecretId: 'new-key' };
      await accounts.save(during, sampleSecret('new-key'));
      expect(await accounts.find(before.directoryUrl)).toStrictEqual(during);
      expect(await secrets.find('old-key')).toBeDefined();
      await accounts.save({ ...before, keySecretId: 'new-key' });
      expect(await secrets.find('old-key')).toBeUndefined();
      expect(await secrets.find('new-key')).toBeDefined();
    });

    it('keeps the secret of an issuer as long as the issuer has it', async () => {
      await using harness = await open();
      const { issuers, secrets } = harness.store;
      const one = { name: 'one', settings: {}, secretId: 'first' };
      await issuers.save(one, sampleSecret('first'));
      await issuers.save({ ...one, settings: { changed: true } });
      expect(await secrets.find('first')).toBeDefined();
      await issuers.save({ ...one, secretId: 'second' }, sampleSecret('second'));
      expect(await issuers.list()).toStrictEqual([{ ...one, secretId: 'second' }]);
      expect(await secrets.find('first')).toBeUndefined();
      await issuers.save({ name: 'one', settings: {} });
      expect(await secrets.find('second')).toBeUndefined();
    });

    it('replaces ticket secrets all at once, and no secret that is something else', async () => {
      await using harness = await open();
      const { ticketSecrets, secrets } = harness.store;
      const add = (id: string, createdAt: Date, gone: string[] = []): Promise<void> =>
        ticketSecrets.replace(gone, {
          record: { secretId: id, createdAt },
          secret: sampleSecret(id),
        });
      await secrets.insert(sampleSecret('other'));
      await add('one', at(0));
      await add('two', at(60));
      await add('three', at(30), ['one', 'other']);
      expect(await ticketSecrets.list()).toStrictEqual([
        { secretId: 'two', createdAt: at(60) },
        { secretId: 'three', createdAt: at(30) },
      ]);
      expect(await secrets.find('one')).toBeUndefined();
      expect(await secrets.find('other')).toBeDefined();
      await expect(add('two', at(90), ['three'])).rejects.toMatchObject({
        code: 'store/conflict',
      });
      expect(await ticketSecrets.list()).toHaveLength(2);
      await ticketSecrets.replace(['two', 'three']);
      expect(await ticketSecrets.list()).toStrictEqual([]);
    });
  });
}
