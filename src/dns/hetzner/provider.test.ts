import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.hetzner;

it('reads again when the zone was being changed', () =>
  withRecording(RECORDED, 'conflict', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('says that an action failed', () =>
  withRecording(RECORDED, 'failed-action', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/rejected',
      message: expect.stringContaining('Action failed'),
    });
  }));
