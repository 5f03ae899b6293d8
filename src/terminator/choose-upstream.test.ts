import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseUpstream, type UpstreamState } from './choose-upstream.ts';

const NOW = 1_000;
const IDLE: UpstreamState = { open: 0, downUntil: 0, isUnhealthy: false, chosenAt: 0 };

const anyState: fc.Arbitrary<UpstreamState> = fc.record({
  open: fc.nat(4),
  downUntil: fc.constantFrom(0, NOW, NOW + 1),
  isUnhealthy: fc.boolean(),
  chosenAt: fc.nat(3),
});

describe('chooseUpstream', () => {
  it('takes the least busy', () => {
    expect(chooseUpstream([{ ...IDLE, open: 2 }, { ...IDLE, open: 1 }, IDLE], NOW)).toBe(2);
  });

  it('takes equal ones in turn', () => {
    const states = [IDLE, IDLE, IDLE];
    const order = [1, 2, 3, 4].map((turn) => {
      const chosen = chooseUpstream(states, NOW) ?? -1;
      states[chosen] = { ...IDLE, chosenAt: turn };
      return chosen;
    });
    expect(order).toEqual([0, 1, 2, 0]);
  });

  it('leaves out one that is down or unhealthy, however idle it is', () => {
    const busy = { ...IDLE, open: 100 };
    expect(chooseUpstream([{ ...IDLE, downUntil: NOW + 1 }, busy], NOW)).toBe(1);
    expect(chooseUpstream([{ ...IDLE, isUnhealthy: true }, busy], NOW)).toBe(1);
    expect(chooseUpstream([{ ...IDLE, downUntil: NOW }, busy], NOW)).toBe(0);
  });

  it('takes one that is not well when there is no other', () => {
    expect(chooseUpstream([{ ...IDLE, isUnhealthy: true }], NOW)).toBe(0);
    expect(chooseUpstream([], NOW)).toBeUndefined();
  });

  it('agrees with sorting', () => {
    fc.assert(
      fc.property(fc.array(anyState, { minLength: 1 }), (states) => {
        const rank = ({ open, downUntil, isUnhealthy, chosenAt }: UpstreamState): number =>
          (isUnhealthy || downUntil > NOW ? 1_000 : 0) + open * 10 + chosenAt;
        const first = states.toSorted((left, right) => rank(left) - rank(right))[0];
        const chosen = states[chooseUpstream(states, NOW) ?? -1];
        expect(chosen).toEqual(first);
      }),
    );
  });
});
