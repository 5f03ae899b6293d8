import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { toWire } from '../../src/core/error-wire.ts';
import { parseName } from '../../src/core/names.ts';
import { nextAttempt } from '../../src/lifecycle/planner/back-off.ts';
import { decide } from '../../src/lifecycle/planner/decide.ts';
import type { Decision, PlannerInput } from '../../src/lifecycle/planner/input.ts';
import { checkInstant, nextAction } from '../../src/lifecycle/planner/next-action.ts';
import { drawInstant, shortestUseMs } from '../../src/lifecycle/planner/renewal-instant.ts';
import type { FailureState, IssuanceRecord, RenewalState } from '../../src/store/records.ts';

const EPOCH = new Date('2026-11-22T12:00:00Z');
const NAME_SETS = [['a.example.com'], ['a.example.com', 'b.example.com']].map((names) =>
  names.map(parseName),
);

/** From a minute to a year. */
const life = fc.integer({ min: MINUTE_MS, max: 400 * DAY_MS });
const names = fc.constantFrom(...NAME_SETS);
const keyType = fc.constantFrom('ec256', 'rsa2048');
const profile = fc.option(fc.constantFrom('classic', 'shortlived'), { nil: undefined });
const issuer = fc.constantFrom('first', 'second');
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const spec = fc
  .record({ names, keyType, issuer, profile })
  .map(({ issuer: name, profile: wanted, ...rest }) => ({
    ...rest,
    issuers: [name],
    challenges: ['http-01' as const],
    ...(wanted === undefined ? {} : { profile: wanted }),
  }));

/** Issued at `EPOCH`, as a CA may date it. */
const issuance: fc.Arbitrary<IssuanceRecord> = fc
  .record({ names, keyType, issuer, profile, life, backdated: chance, revoked: fc.boolean() })
  .map(({ profile: granted, life: lifeMs, backdated, revoked, ...rest }) => {
    const notBefore = after(EPOCH, -Math.floor(lifeMs * backdated));
    return {
      ...rest,
      id: 'i1',
      certificateId: 'c1',
      serial: '01',
      fingerprint256: 'aa',
      chainPem: '',
      keySecretId: 'k1',
      notBefore,
      notAfter: after(notBefore, lifeMs),
      issuedAt: EPOCH,
      ...(granted === undefined ? {} : { profile: granted }),
      ...(revoked ? { revokedAt: after(EPOCH, MINUTE_MS) } : {}),
    };
  });

const renewal: fc.Arbitrary<RenewalState> = fc
  .record({ isKnown: fc.boolean(), offset: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }) })
  .map(({ isKnown, offset }) => (isKnown ? { renewAt: after(EPOCH, offset) } : {}));

/** Recorded as `recordFailure` does it, by a clock not behind `EPOCH`. */
const failure: fc.Arbitrary<FailureState | undefined> = fc.option(
  fc
    .record({
      count: fc.integer({ min: 1, max: 9 }),
      at: fc.nat(400 * DAY_MS),
      namedMs: fc.option(fc.nat(30 * DAY_MS), { nil: undefined }),
      chance,
    })
    .map(({ count, at, namedMs, chance: drawn }) => {
      const lastErrorAt = after(EPOCH, at);
      const retryAt = namedMs === undefined ? undefined : after(lastErrorAt, namedMs);
      const error = new AppError('acme/rate-limited', 'no', { retryAt });
      return {
        count,
        lastError: toWire(error),
        lastErrorAt,
        retryAt: nextAttempt(error, count, lastErrorAt, () => drawn),
      };
    }),
  { nil: undefined },
);

const input: fc.Arbitrary<PlannerInput> = fc
  .record({
    offset: fc.nat(400 * DAY_MS),
    spec,
    issuance: fc.option(issuance, { nil: undefined }),
    renewal,
    failure,
  })
  .map(({ offset, ...rest }) => {
    const notBefore = rest.failure?.lastErrorAt ?? EPOCH;
    return { ...rest, now: after(notBefore, offset), source: 'added', wish: 'none' };
  });

/** Decides again and again, each time when the decision before said so. */
function* looksOf(given: PlannerInput): Generator<{ now: Date; decision: Decision }> {
  for (let now = given.now; ;) {
    const decision = decide({ ...given, now });
    yield { now, decision };
    if (decision.action === 'issue' || decision.until === undefined) return;
    now = decision.until;
  }
}

/** What the property does not hold for; `null` when nothing was found. */
function counterexampleTo<T>(property: fc.IProperty<T>, numRuns: number): T | null {
  const { failed, counterexample, numSkips } = fc.check(property, { numRuns });
  if (failed && counterexample === null) throw new Error(`${numSkips} inputs do not fit`);
  return counterexample;
}

describe('decide, for any certificate', () => {
  it('never waits past the expiry of a certificate that is still valid', () => {
    expect(
      counterexampleTo(
        fc.property(input, (given) => {
          const decision = decide(given);
          if (decision.action === 'issue') return true;
          const until = decision.until?.getTime() ?? Number.POSITIVE_INFINITY;
          const notAfter = given.issuance?.notAfter.getTime() ?? 0;
          const isValid = notAfter > given.now.getTime();
          return (
            until > given.now.getTime() && Number.isFinite(until) && (!isValid || until <= notAfter)
          );
        }),
        2_000,
      ),
    ).toBeNull();
  });

  it('never orders twice for one reason: what was just issued is left alone', () => {
    expect(
      counterexampleTo(
        fc.property(input, issuance, (given, issued) => {
          fc.pre(decide(given).action === 'issue');
          const { names: wanted, keyType: key, issuers } = given.spec;
          const { revokedAt: _none, ...chain } = issued;
          const recorded = { ...chain, names: wanted, keyType: key, issuer: issuers[0] ?? '' };
          const next = { ...given, issuance: { ...recorded, issuedAt: given.now } };
          return decide({ ...next, failure: undefined }).action === 'wait';
        }),
        2_000,
      ),
    ).toBeNull();
  });

  it('leaves the shortest use between orders that only the CA or the clock asks for', () => {
    const isOfCaOrClock = /^(expired|emergency|profile-changed|ari-window|lifetime)$/;
    expect(
      counterexampleTo(
        fc.property(input, (given) => {
          const { issuance: current, now } = given;
          const decision = decide({ ...given, failure: undefined });
          fc.pre(decision.action === 'issue' && isOfCaOrClock.test(decision.reason));
          if (current === undefined) return false;
          return now.getTime() - current.issuedAt.getTime() >= shortestUseMs(current);
        }),
        2_000,
      ),
    ).toBeNull();
  });

  it('is monotone in time: what is due stays due until something changes', () => {
    expect(
      counterexampleTo(
        fc.property(input, fc.nat(400 * DAY_MS), (given, laterMs) => {
          fc.pre(decide(given).action === 'issue');
          return decide({ ...given, now: after(given.now, laterMs) }).action === 'issue';
        }),
        2_000,
      ),
    ).toBeNull();
  });

  it('says exactly how long nothing changes', () => {
    expect(
      counterexampleTo(
        fc.property(input, (given) => {
          const looks = [...looksOf(given)];
          const isEarly = looks.some(({ now, decision }) => {
            const until = decision.action === 'wait' ? (decision.until ?? now) : now;
            return (
              until > after(now, 1) &&
              decide({ ...given, now: after(until, -1) }).action === 'issue'
            );
          });
          return !isEarly && looks.length <= 4 && looks.at(-1)?.decision.action === 'issue';
        }),
        2_000,
      ),
    ).toBeNull();
  });
});

describe('the window of the CA', () => {
  it('of three hours in a life of six days is never missed, whatever Retry-After says', () => {
    const lifeMs = 160 * HOUR_MS;
    const delay = fc.integer({ min: MINUTE_MS, max: DAY_MS });
    const delays = fc.array(delay, { minLength: 1, maxLength: 20 });
    expect(
      counterexampleTo(
        fc.property(issuance, chance, delays, chance, (issued, place, retryAfter, drawn) => {
          const { revokedAt: _none, ...valid } = issued;
          const current = { ...valid, notBefore: EPOCH, notAfter: after(EPOCH, lifeMs) };
          const start = after(EPOCH, HOUR_MS + Math.floor(place * 0.88 * (lifeMs - 4 * HOUR_MS)));
          const window = { start, end: after(start, 3 * HOUR_MS) };
          const wanted: Omit<PlannerInput, 'now' | 'renewal'> = {
            spec: {
              names: current.names,
              keyType: current.keyType,
              issuers: [current.issuer],
              challenges: ['http-01'],
            },
            source: 'added',
            issuance: current,
            failure: undefined,
            wish: 'none',
          };
          let now = EPOCH;
          let state: RenewalState = { checkAt: now };
          for (let looks = 0; looks < 20_000; looks += 1) {
            const checkAt = checkInstant(state, now);
            if (checkAt !== undefined && checkAt <= now) {
              const renewAt = drawInstant(window, state, () => drawn);
              const delayMs = retryAfter[looks % retryAfter.length] ?? DAY_MS;
              state = { window, renewAt, checkAt: after(now, delayMs) };
            }
            const decision = decide({ ...wanted, now, renewal: state });
            if (decision.action === 'issue') {
              return decision.reason === 'ari-window' && now >= window.start && now < window.end;
            }
            now = nextAction(decision, state, now) ?? now;
          }
          return false;
        }),
        300,
      ),
    ).toBeNull();
  });
});
