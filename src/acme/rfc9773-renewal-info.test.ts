import { describe, expect, it } from 'vitest';
import { openCa } from '../../test/support/scripted-ca.ts';
import { isTemporaryRenewalInfoError } from './renewal-info.ts';

describe('renewalInfo (RFC 9773 §4)', () => {
  const window = { start: '2026-03-01T00:00:00Z', end: '2026-03-02T00:00:00.5+01:00' };

  it.each([
    [undefined, '2026-01-01T06:00:00Z'],
    ['soon', '2026-01-01T06:00:00Z'],
    ['1', '2026-01-01T00:01:00Z'],
    ['21600', '2026-01-01T06:00:00Z'],
    ['9999999', '2026-01-02T00:00:00Z'],
  ])('is fetched again by Retry-After %j at %s', async (retryAfter, retryAt) => {
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    await using ca = await openCa({
      '/ari/a.b': () => ({ headers, body: { suggestedWindow: window } }),
    });
    expect(await ca.client.renewalInfo('a.b')).toEqual({
      suggestedWindow: { start: new Date(window.start), end: new Date(window.end) },
      explanationURL: undefined,
      retryAt: new Date(retryAt),
    });
    expect(ca.server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/ari/a.b' });
  });

  it.each([
    [
      'a window that is empty',
      { body: { suggestedWindow: { ...window, end: window.start } } },
      false,
    ],
    ['no window', { body: {} }, false],
    ['a date of no form', { body: { suggestedWindow: { start: '1', end: '2' } } }, false],
    ['no JSON', { body: 'hello' }, false],
    ['404', { status: 404, body: { type: 'about:blank', detail: 'unknown' } }, false],
    ['a failure', { status: 500 }, true],
  ])('takes %s for an error', async (_, answer, isTemporary) => {
    await using ca = await openCa({ '/ari/a.b': () => answer });
    const error: unknown = await ca.client.renewalInfo('a.b').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^acme\//) });
    expect(isTemporaryRenewalInfoError(error)).toBe(isTemporary);
  });

  it('is not asked from a CA without it', async () => {
    await using ca = await openCa({}, { renewalInfo: undefined });
    await expect(ca.client.renewalInfo('a.b')).rejects.toMatchObject({ code: 'acme/unsupported' });
  });
});
