import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.digitalocean;

it('looks for the zone on every page', () =>
  withRecording(RECORDED, 'paged', async (provider, signal) => {
    await expect(provider.removeTxt(ONE, signal)).resolves.toBeUndefined();
  }));
