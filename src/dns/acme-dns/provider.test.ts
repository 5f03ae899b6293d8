import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS['acme-dns'];

it('asks the server for nothing when it removes', () =>
  withRecording(RECORDED, 'remove-gone', async (provider, signal) => {
    await expect(provider.removeTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('knows an account by its own name, too', () =>
  withRecording(RECORDED, 'add', async (provider, signal) => {
    const name = 'd420c923-bbd7-4056-ab64-c3ca54c9b3cf.auth.example.org';
    await expect(provider.addTxt({ ...ONE, name }, signal)).resolves.toBeUndefined();
  }));

it('asks for no name that has no account', () =>
  withRecording(RECORDED, 'remove-gone', async (provider, signal) => {
    const record = { ...ONE, name: '_acme-challenge.example.net' };
    await expect(provider.addTxt(record, signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
    });
  }));
