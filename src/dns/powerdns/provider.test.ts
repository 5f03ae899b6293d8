import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.powerdns;

it('keeps what others have at the name, with its TTL and what is switched off', () =>
  withRecording(RECORDED, 'add-foreign', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));
