import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { FLOW_MS, createFlowCookies } from './flow-cookie.ts';

const FLOW = { state: 's', nonce: 'n', codeVerifier: 'v' };

describe('the cookie of a sign-in', () => {
  it('comes back for some minutes, and says nothing to who has it', async () => {
    const clock = createManualClock();
    const cookies = createFlowCookies(clock);
    const sealed = cookies.seal(FLOW);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('state');
    await clock.advance(FLOW_MS - 1);
    expect(cookies.open(sealed)).toEqual(FLOW);
    await clock.advance(1);
    expect(cookies.open(sealed)).toBeUndefined();
  });

  it('is of this process, and whole', () => {
    const clock = createManualClock();
    const cookies = createFlowCookies(clock);
    const sealed = cookies.seal(FLOW);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(cookies.open(changed.toString('base64url'))).toBeUndefined();
      expect(cookies.open(bytes.subarray(0, index).toString('base64url'))).toBeUndefined();
    }
    expect(createFlowCookies(clock).open(sealed)).toBeUndefined();
    expect(cookies.open('x'.repeat(10_000))).toBeUndefined();
  });
});
