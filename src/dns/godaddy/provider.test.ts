import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';

const RECORDED = RECORDED_PROVIDERS.godaddy;

it('keeps what others have at the name, with a TTL of its own', () =>
  withRecording(RECORDED, 'add-foreign', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('waits as long as the body of a refusal says', () =>
  withRecording(RECORDED, 'rate-limited', async (provider, signal) => {
    const before = Date.now();
    const failure = (await provider.addTxt(ONE, signal).catch((thrown: unknown) => thrown)) as {
      retryAt: Date;
    };
    expect(failure.retryAt.getTime() - before).toBeGreaterThanOrEqual(120_000);
    expect(failure.retryAt.getTime() - before).toBeLessThan(130_000);
  }));
