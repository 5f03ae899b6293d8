import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import type { Decision } from './input.ts';
import { checkInstant, nextAction } from './next-action.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const waiting = (reason: 'valid' | 'backing-off', delayMs: number): Decision => ({
  action: 'wait',
  reason,
  message: '',
  until: after(NOW, delayMs),
});

describe('nextAction', () => {
  it('is the renewal, or asking the CA when that comes first', () => {
    const decision = waiting('valid', DAY_MS);
    expect(nextAction(decision, {}, NOW)).toEqual(after(NOW, DAY_MS));
    const checkAt = after(NOW, HOUR_MS);
    expect(nextAction(decision, { checkAt }, NOW)).toEqual(checkAt);
    expect(nextAction(waiting('valid', MINUTE_MS), { checkAt }, NOW)).toEqual(
      after(NOW, MINUTE_MS),
    );
  });

  it('does not ask the CA while an attempt is due anyway', () => {
    const renewal = { checkAt: after(NOW, MINUTE_MS) };
    expect(nextAction(waiting('backing-off', HOUR_MS), renewal, NOW)).toEqual(after(NOW, HOUR_MS));
  });

  it('is now for what is to be issued, and never for what is not managed', () => {
    const issue = { action: 'issue', reason: 'missing', message: '' } as const;
    expect(nextAction(issue, {}, NOW)).toBe(NOW);
    const foreign = { action: 'wait', reason: 'not-managed', message: '' } as const;
    expect(nextAction(foreign, { checkAt: NOW }, NOW)).toBeUndefined();
  });
});

describe('checkInstant', () => {
  it('has come when only a clock that was ahead can have recorded it', () => {
    expect(checkInstant({ checkAt: after(NOW, DAY_MS) }, NOW)).toEqual(after(NOW, DAY_MS));
    expect(checkInstant({ checkAt: after(NOW, 300 * DAY_MS) }, NOW)).toEqual(NOW);
    expect(checkInstant({}, NOW)).toBeUndefined();
  });
});
