import { describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../../test/support/lifecycle.ts';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createScriptedIssuer } from '../../../test/support/scripted-issuer.ts';
import { HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import type { RenewalInfoAnswer } from '../../issuers/issuer.ts';
import { createLog } from '../../observe/log.ts';
import { attend } from '../attend.ts';
import { newCertificate } from '../issue.ts';
import { startScheduler } from './scheduler.ts';

const LIFE_MS = 160 * HOUR_MS;
const NEVER = '0 0 29 2 *';

type Say = (now: Date, issuedAt: Date) => RenewalInfoAnswer;

/** Lets the scheduler look after one short-lived certificate; returns when each one was issued. */
async function live(say: Say, forMs: number, random = 0.5): Promise<number[]> {
  const clock = createManualClock();
  const start = clock.now();
  const issued: Date[] = [];
  const issuer = await createScriptedIssuer('ca', {
    attempts: [
      async (_request, sign) => {
        issued.push(clock.now());
        return sign();
      },
    ],
    now: () => clock.now(),
    lifetimeMs: LIFE_MS,
    renewalInfo: async () => say(clock.now(), issued.at(-1) ?? start),
  });
  await using lifecycle = await openLifecycle([issuer]);
  const context = { ...lifecycle.context, clock, random: () => random };
  const { certificates } = context.store;
  const certificate = newCertificate(
    start,
    specFor(['a.example.com'], { issuers: ['ca'] }),
    'added',
  );
  await certificates.insert(certificate);
  let working = 0;
  const scheduler = startScheduler({
    certificates,
    attend: async (id, signal) => {
      working += 1;
      const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
      await attend(context, id, options, signal);
      working -= 1;
    },
    clock,
    log: createLog('silent', 'test'),
    sweep: NEVER,
  });
  do {
    await clock.settle();
    if (working === 0) await clock.advance(clock.sleeps.at(-1) ?? 0);
  } while (clock.now() < after(start, forMs));
  await scheduler.stop();
  return issued.map((at) => at.getTime() - start.getTime());
}

describe('a certificate of six days', () => {
  it.each([0, 0.5, 0.999_999])(
    'is renewed inside a window of three hours, drawn at %d, though the CA is asked every six',
    async (random) => {
      const openMs = 78.4 * HOUR_MS;
      const issued = await live(
        (now, issuedAt) => {
          const opens = after(issuedAt, openMs);
          const window = { start: opens, end: after(opens, 3 * HOUR_MS) };
          return { available: true, window, checkAt: after(now, 6 * HOUR_MS) };
        },
        100 * HOUR_MS,
        random,
      );
      expect(issued).toHaveLength(2);
      const late = (issued[1] ?? 0) - openMs;
      expect(Math.abs(late - random * 3 * HOUR_MS)).toBeLessThan(2_000);
    },
  );

  it('is renewed at half its life when the CA cannot say when', async () => {
    const [, second] = await live(() => ({ available: false, isTemporary: true }), LIFE_MS * 0.7);
    expect(Math.abs((second ?? 0) - LIFE_MS / 2)).toBeLessThan(2 * HOUR_MS);
  });

  it('is not renewed in a loop by a window that is always over', async () => {
    const issued = await live((now) => {
      const window = { start: after(now, -2 * HOUR_MS), end: after(now, -HOUR_MS) };
      return { available: true, window, checkAt: after(now, MINUTE_MS) };
    }, 5 * HOUR_MS);
    expect(issued.length).toBeGreaterThan(2);
    const gaps = issued.slice(1).map((at, index) => at - (issued[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(HOUR_MS);
  });
});
