import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.namecheap;

it('changes no domain that has its name servers elsewhere', () =>
  withRecording(RECORDED, 'name-servers-elsewhere', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/rejected',
      message: expect.stringContaining('name servers elsewhere'),
    });
  }));

it('writes nothing when it does not understand all records', () =>
  withRecording(RECORDED, 'unknown-records', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/unavailable',
    });
  }));
