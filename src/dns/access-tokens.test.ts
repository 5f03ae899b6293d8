import { expect, it } from 'vitest';
import { after, MINUTE_MS, systemClock } from '../core/clock.ts';
import { createTokenCache, readTokenRefusal, TOKEN_ANSWER } from './access-tokens.ts';

const { signal } = new AbortController();

it('asks for a token again before the one at hand ends', async () => {
  let now = new Date();
  let asked = 0;
  const tokens = createTokenCache(
    { ...systemClock, now: () => now },
    {
      request: async () => {
        asked += 1;
        return { access_token: `token-${asked}`, expires_in: 600 };
      },
      close: async () => {},
    },
  );
  expect(await tokens.current(signal)).toBe('token-1');
  now = after(now, 8 * MINUTE_MS);
  expect(await tokens.current(signal)).toBe('token-1');
  now = after(now, 1.5 * MINUTE_MS);
  expect(await tokens.current(signal)).toBe('token-2');
});

it.each([
  [
    400,
    { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    'Invalid JWT Signature.; invalid_grant',
  ],
  [401, { error: 'invalid_client' }, 'invalid_client'],
  [400, undefined, undefined],
])('blames a refusal with the status %d on the credential', (status, json, message) => {
  expect(readTokenRefusal({ status, headers: {}, text: '', json })).toEqual({
    code: 'dns/unauthorized',
    message,
  });
});

it('takes no token that would break the header', () => {
  const parse = (token: string) =>
    TOKEN_ANSWER.safeParse({ access_token: token, expires_in: '3599' }).success;
  expect([parse('abc.def-~+/='), parse('a b'), parse('a\r\nb'), parse('')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
