import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.route53;

it('reads again when somebody else was faster, and keeps what he has written', () =>
  withRecording(RECORDED, 'conflict', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('says what stands in the way', () =>
  withRecording(RECORDED, 'cname-there', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/rejected',
      message: expect.stringContaining('conflicts with other records'),
    });
  }));
