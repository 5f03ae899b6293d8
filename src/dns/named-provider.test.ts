import { expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { nameErrors } from './named-provider.ts';
import { ONE } from './provider.contract.ts';

const { signal } = new AbortController();

it('names the credential in errors, and keeps what else they say', async () => {
  const retryAt = new Date();
  const cause = new Error('inner');
  const error = new AppError('dns/rate-limited', 'cannot list the zones: status 429', {
    mend: 'Wait.',
    context: { status: 429 },
    cause,
    retryAt,
  });
  const failing = nameErrors('main', {
    addTxt: () => Promise.reject(error),
    removeTxt: () => Promise.reject(cause),
    close: async () => {},
  });
  await expect(failing.addTxt(ONE, signal)).rejects.toMatchObject({
    code: 'dns/rate-limited',
    message: 'DNS credential main: cannot list the zones: status 429',
    mend: 'Wait.',
    context: { status: 429, credential: 'main' },
    cause,
    retryAt,
  });
  // Cancellations stay what they are.
  await expect(failing.removeTxt(ONE, signal)).rejects.toBe(cause);
});
