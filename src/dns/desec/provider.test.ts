import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.desec;

it('keeps what others have at the name to the letter, with its TTL', () =>
  withRecording(RECORDED, 'add-foreign', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('waits for a limit that is over within seconds', () =>
  withRecording(RECORDED, 'short-limit', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));
