import { describe, expect, it } from 'vitest';
import { isProblem, problemOf } from './problem.ts';
import { refusalOf } from './refusal.ts';
import type { TransportResponse } from './transport.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

function response(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { url: 'https://ca.example/new-order', status, headers, body: text, receivedAt: NOW };
}

function problem(type: string, detail = 'because'): object {
  return { type: `urn:ietf:params:acme:error:${type}`, detail };
}

describe('refusalOf', () => {
  it.each([
    [429, problem('rateLimited'), 'acme/rate-limited'],
    [403, problem('rateLimited'), 'acme/rate-limited'],
    [429, problem('tooFast'), 'acme/rate-limited'],
    [403, problem('userActionRequired'), 'acme/terms-required'],
    [401, problem('unauthorized'), 'acme/unauthorized'],
    [400, problem('accountDoesNotExist'), 'acme/unauthorized'],
    [400, problem('invalidProfile'), 'acme/profile-unavailable'],
    [409, problem('alreadyReplaced'), 'acme/rejected'],
    [403, problem('neverHeardOf'), 'acme/rejected'],
    [403, problem('constructor'), 'acme/rejected'],
    [500, problem('serverInternal'), 'acme/server-error'],
    [502, problem('neverHeardOf'), 'acme/server-error'],
    [503, '<html>', 'acme/server-error'],
    [429, '', 'acme/rate-limited'],
    [403, '<html>', 'acme/bad-response'],
    [404, {}, 'acme/bad-response'],
    [400, [problem('malformed')], 'acme/bad-response'],
  ])('reads status %i with %j as %s', (status, body, code) => {
    expect(refusalOf(response(status, body), 'create an order')).toMatchObject({
      code,
      mend: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it('keeps the whole problem and says when to try again', () => {
    const body = {
      ...problem('rateLimited', 'too many certificates'),
      instance: 'https://ca.example/why',
    };
    const error = refusalOf(
      response(429, body, { 'retry-after': '3600' }),
      'create an order for a.example',
    );
    expect(error.message).toBe(
      'ca.example refused to create an order for a.example: too many certificates (rateLimited)',
    );
    expect(error.retryAt).toEqual(new Date('2026-01-01T01:00:00Z'));
    expect(problemOf(error)).toMatchObject({ instance: 'https://ca.example/why' });
    expect(isProblem(error, 'rateLimited')).toBe(true);
    expect(isProblem(new Error('rateLimited'), 'rateLimited')).toBe(false);
  });

  it('takes the time of a load balancer that sends no problem', () => {
    const error = refusalOf(response(503, 'busy', { 'retry-after': '10' }), 'create an order');
    expect(error.retryAt).toEqual(new Date('2026-01-01T00:00:10Z'));
  });

  it('names the terms that want to be accepted', () => {
    const headers = { link: '<https://ca.example/terms>;rel="terms-of-service"' };
    const error = refusalOf(
      response(403, problem('userActionRequired'), headers),
      'create an order',
    );
    expect(error.mend).toContain('https://ca.example/terms');
  });
});
