import { expect, it } from 'vitest';
import { refusesOldMasterSecret } from './master-secret.ts';

it('sees that an ordinary process takes TLS 1.2 without the extended master secret', async () => {
  expect(await refusesOldMasterSecret()).toBe(false);
});
