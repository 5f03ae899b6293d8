import { array, assert, integer, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketLimit, chargeToken, drawToken, returnToken } from './token-bucket.ts';

const limits = record({
  count: integer({ min: 1, max: 20 }),
  perMs: integer({ min: 1, max: 10_000 }),
});

/** The instants at which tokens were given, when somebody asks after each of `gaps`. */
function grants(limit: BucketLimit, gaps: readonly number[]): number[] {
  let now = 1_000_000;
  let fullAt: number | undefined;
  const given: number[] = [];
  for (const gap of gaps) {
    now += gap;
    const draw = drawToken(fullAt, limit, now);
    if (!draw.isGranted) continue;
    ({ fullAt } = draw);
    given.push(now);
  }
  return given;
}

describe('drawToken', () => {
  it('never gives more in any window than the capacity and what comes back within it', () => {
    assert(
      property(limits, array(nat(700), { maxLength: 120 }), (limit, gaps) => {
        const given = grants(limit, gaps);
        for (const [first, start] of given.entries()) {
          for (const [last, end] of given.entries()) {
            if (last < first) continue;
            const refilled = Math.floor(((end - start) * limit.count) / limit.perMs);
            expect(last - first + 1).toBeLessThanOrEqual(limit.count + refilled);
          }
        }
      }),
    );
  });

  it('names the first instant at which it gives again', () => {
    assert(
      property(limits, array(nat(700), { maxLength: 60 }), (limit, gaps) => {
        let now = 0;
        let fullAt: number | undefined;
        for (const gap of gaps) {
          now += gap;
          const draw = drawToken(fullAt, limit, now);
          if (draw.isGranted) {
            ({ fullAt } = draw);
            continue;
          }
          expect(drawToken(fullAt, limit, draw.retryAt - 1).isGranted).toBe(false);
          expect(drawToken(fullAt, limit, draw.retryAt).isGranted).toBe(true);
        }
      }),
    );
  });

  it('gives what is there at once, and then one by one', () => {
    const limit = { count: 5, perMs: 5_000 };
    expect(grants(limit, [0, 0, 0, 0, 0, 0, 999, 1, 0, 1_000])).toHaveLength(7);
  });

  it('is at most empty when the clock was ahead for a while', () => {
    const limit = { count: 2, perMs: 2_000 };
    expect(drawToken(1_000_000, limit, 0)).toEqual({ isGranted: false, retryAt: 1_000 });
  });
});

describe('chargeToken and returnToken', () => {
  const limit = { count: 2, perMs: 2_000 };

  it('empty and fill a bucket, and no further', () => {
    let fullAt: number | undefined;
    for (let times = 0; times < 5; times += 1) fullAt = chargeToken(fullAt, limit, 0);
    expect(fullAt).toBe(2_000);
    for (let times = 0; times < 5; times += 1) fullAt = returnToken(fullAt, limit, 0);
    expect(fullAt).toBe(0);
  });
});
