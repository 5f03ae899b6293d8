import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.azure;

it('looks for the zone on every page', () =>
  withRecording(RECORDED, 'paged', async (provider, signal) => {
    await expect(provider.removeTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('reads again when somebody else was faster, and keeps a value of several strings', () =>
  withRecording(RECORDED, 'conflict', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));
