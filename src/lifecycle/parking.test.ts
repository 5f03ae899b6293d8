import { describe, expect, it } from 'vitest';
import { CAREFREE, openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import { createScriptedIssuer } from '../../test/support/scripted-issuer.ts';
import { DAY_MS } from '../core/clock.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { Wish } from './planner/input.ts';
import { attend } from './attend.ts';
import { newCertificate } from './issue.ts';
import { judge } from './attend.ts';
import type { Stray } from './preflight/preflight.ts';

const { signal } = new AbortController();

/** A certificate whose every attempt fails, on a DNS that a test changes. */
async function openFailing(code: ErrorCode = 'acme/challenge-failed') {
  let strays: readonly Stray[] = [];
  let looks = 0;
  const steps: string[] = [];
  const issuer = await createScriptedIssuer('ca', {
    attempts: [
      async () => {
        throw new AppError(code, 'no');
      },
    ],
    now: () => new Date(),
  });
  const lifecycle = await openLifecycle([issuer], {
    ...CAREFREE,
    findStrays: async () => {
      looks += 1;
      return strays;
    },
  });
  const { context, clock } = lifecycle;
  const spec = specFor(['app.example.com'], { issuers: ['ca'] });
  const { id } = newCertificate(clock.now(), spec, 'added');
  await context.store.certificates.insert({ ...newCertificate(clock.now(), spec, 'added'), id });
  const find = async () => {
    const certificate = await context.store.certificates.find(id);
    if (certificate === undefined) throw new Error('it is gone');
    return certificate;
  };
  return {
    ...lifecycle,
    steps,
    orders: () => issuer.requests.length,
    looks: () => looks,
    find,
    lead(message?: string) {
      const [name] = spec.names;
      strays = message === undefined || name === undefined ? [] : [{ name, message }];
    },
    /** One look at the certificate when it is due. */
    async attend(wish: Wish = 'none') {
      const { nextActionAt } = await find();
      if (wish === 'none' && nextActionAt !== undefined) {
        clock.advance(Math.max(0, nextActionAt.getTime() - clock.now().getTime()));
      }
      const options = {
        wish,
        patience: 'none',
        report: ({ step }: { step: string }) => void steps.push(step),
      } as const;
      return attend(context, id, options, signal).catch(() => undefined);
    },
  };
}

describe('a name that leads elsewhere', () => {
  it('is parked after the fifth failure, and the CA is not asked any more', async () => {
    await using test = await openFailing();
    test.lead('leads to 203.0.113.9');
    for (let attempt = 1; attempt <= 4; attempt += 1) await test.attend();
    expect(test.looks()).toBe(0);
    await test.attend();
    expect(test.steps.at(-1)).toBe('parked');
    expect((await test.find()).failure?.parked?.message).toBe(
      'app.example.com leads to 203.0.113.9',
    );
    for (let day = 1; day <= 5; day += 1) {
      const before = test.clock.now().getTime();
      await test.attend();
      const certificate = await test.find();
      expect(judge(test.context, certificate, undefined)).toMatchObject({ reason: 'parked' });
      expect(test.clock.now().getTime() - before).toBeGreaterThanOrEqual(DAY_MS);
      expect(certificate.nextActionAt).toEqual(certificate.failure?.retryAt);
    }
    expect(test.orders()).toBe(5);
    expect(test.looks()).toBe(6);
  });

  it('comes back by itself when it leads here again', async () => {
    await using test = await openFailing();
    test.lead('leads to 203.0.113.9');
    for (let attempt = 1; attempt <= 6; attempt += 1) await test.attend();
    expect(test.orders()).toBe(5);
    test.lead();
    await test.attend();
    expect(test.steps).toContain('unparked');
    expect(test.orders()).toBe(6);
    expect((await test.find()).failure).toMatchObject({ count: 1 });
  });

  it('is tried once a week, should our view of DNS be wrong', async () => {
    await using test = await openFailing();
    test.lead('has no address');
    for (let attempt = 1; attempt <= 5; attempt += 1) await test.attend();
    const parkedAt = test.clock.now().getTime();
    while (test.orders() === 5) await test.attend();
    expect((test.clock.now().getTime() - parkedAt) / DAY_MS).toBeGreaterThanOrEqual(7);
    expect((test.clock.now().getTime() - parkedAt) / DAY_MS).toBeLessThan(9);
    expect((await test.find()).failure?.parked?.since).toEqual(test.clock.now());
  });

  it('is tried at once when a person wants it', async () => {
    await using test = await openFailing();
    test.lead('leads to 203.0.113.9');
    for (let attempt = 1; attempt <= 5; attempt += 1) await test.attend();
    await test.attend('look');
    expect(test.orders()).toBe(6);
  });
});

it('a name that leads here is never parked, nor one that fails for other reasons', async () => {
  await using here = await openFailing();
  for (let attempt = 1; attempt <= 7; attempt += 1) await here.attend();
  expect(here.orders()).toBe(7);

  await using limited = await openFailing('acme/rate-limited');
  limited.lead('leads to 203.0.113.9');
  for (let attempt = 1; attempt <= 7; attempt += 1) await limited.attend();
  expect(limited.orders()).toBe(7);
});
