import { describe, expect, it } from 'vitest';
import { authorizationFailure, authorizationSchema } from './authorization.ts';
import { orderFailure, orderSchema } from './order.ts';
import { problemOf } from './problem.ts';

const error = {
  type: 'urn:ietf:params:acme:error:unauthorized',
  detail: 'Wrong answer, 404',
  status: 403,
};

describe('authorizationFailure', () => {
  const failed = {
    status: 'invalid',
    identifier: { type: 'dns', value: 'a.example' },
    challenges: [
      { type: 'dns-01', url: 'https://ca.example/1', status: 'pending', token: 'abc' },
      { type: 'http-01', url: 'https://ca.example/2', status: 'invalid', token: 'def', error },
    ],
  };
  const url = 'https://ca.example/authorization';

  it('tells what the CA saw, and does not blame the account', () => {
    const failure = authorizationFailure({ ...authorizationSchema.parse(failed), url });
    expect(failure).toMatchObject({
      code: 'acme/challenge-failed',
      message:
        'the CA could not confirm control of a.example by http-01: Wrong answer, 404 (unauthorized)',
      mend: expect.stringContaining('port 80'),
    });
    expect(problemOf(failure)?.status).toBe(403);
  });

  it('names the state where the CA says no more', () => {
    const expired = authorizationSchema.parse({
      ...failed,
      status: 'expired',
      wildcard: true,
      challenges: [],
    });
    expect(authorizationFailure({ ...expired, url }).message).toBe(
      'the authorization of *.a.example is expired',
    );
  });
});

describe('orderFailure', () => {
  it('carries the problem of the order', () => {
    const order = orderSchema.parse({
      status: 'invalid',
      identifiers: ['a', 'b', 'c', 'd', 'e'].map((label) => ({
        type: 'dns',
        value: `${label}.example`,
      })),
      authorizations: [],
      finalize: 'https://ca.example/finalize',
      error,
    });
    expect(orderFailure({ ...order, url: 'https://ca.example/order' })).toMatchObject({
      code: 'acme/order-failed',
      message:
        'the order for a.example, b.example, c.example and 2 more failed: Wrong answer, 404 (unauthorized)',
    });
  });
});
