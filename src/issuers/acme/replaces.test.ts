import { describe, expect, it } from 'vitest';
import { attemptOrder } from '../../../test/support/acme-attempt.ts';
import {
  type Ca,
  openCa,
  orderBody,
  payloadOf,
  problem,
} from '../../../test/support/scripted-ca.ts';
import type { ScriptedAnswer } from '../../../test/support/https-server.ts';
import type { JournalEntry } from '../issuer.ts';

const request = { replaces: 'aYhba4.AIdl' };

/** A CA that refuses `replaces` by `refusal`; every order that it takes fails at once. */
async function caThatRefuses(refusal: ScriptedAnswer): Promise<Ca> {
  return openCa({
    '/order': (sent, base) =>
      'replaces' in (payloadOf(sent) as object)
        ? refusal
        : {
            status: 201,
            headers: { location: `${base}/order/1` },
            body: orderBody(base, {
              status: 'invalid',
              identifiers: [{ type: 'dns', value: 'a.example' }],
            }),
          },
  });
}

/** Whether each newOrder request named the predecessor. */
function ordersOf(ca: Ca): boolean[] {
  const orders = ca.server.requests.filter(({ path }) => path === '/order');
  return orders.map((sent) => 'replaces' in (payloadOf(sent) as object));
}

describe('an order that replaces a certificate (RFC 9773 §5)', () => {
  it.each([
    [409, 'alreadyReplaced'],
    [400, 'malformed'],
    [403, 'unauthorized'],
    [404, 'about:blank'],
    [500, 'serverInternal'],
    [400, 'ofNobodyElse'],
  ])('is made once without it after %i %s', async (status, type) => {
    await using ca = await caThatRefuses(problem(status, type));
    const { outcome } = await attemptOrder(ca, { request });
    expect(outcome).toMatchObject({ reason: { code: 'acme/order-failed' } });
    expect(ordersOf(ca)).toEqual([true, false]);
  });

  it.each([
    [429, 'rateLimited', 'acme/rate-limited'],
    [403, 'userActionRequired', 'acme/terms-required'],
  ])('is not made without it after %i %s', async (status, type, code) => {
    await using ca = await caThatRefuses(problem(status, type));
    const { outcome } = await attemptOrder(ca, { request });
    expect(outcome).toMatchObject({ reason: { code } });
    expect(ordersOf(ca)).not.toContain(false);
  });

  it('does not name it again when it was interrupted between the two', async () => {
    await using ca = await caThatRefuses(problem(409, 'alreadyReplaced'));
    let entry: JournalEntry = { answers: [] };
    const onSave = (saved: JournalEntry): void => {
      entry = saved;
      throw new Error('the process ends here');
    };
    const interrupted = await attemptOrder(ca, { request, onSave });
    expect(interrupted.outcome).toMatchObject({ reason: { message: 'the process ends here' } });
    expect(ordersOf(ca)).toEqual([true]);
    const { outcome } = await attemptOrder(ca, { request, entry });
    expect(outcome).toMatchObject({ reason: { code: 'acme/order-failed' } });
    expect(ordersOf(ca)).toEqual([true, false]);
  });
});
