import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLifecycle, type TestLifecycle } from '../../test/support/lifecycle.ts';
import { createManualClock, type ManualClock } from '../../test/support/manual-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/clock.ts';
import { rotateTicketSecrets, type TicketSecretsContext } from './ticket-secrets.ts';

let lifecycle: TestLifecycle;
let clock: ManualClock;
let context: TicketSecretsContext;

beforeEach(async () => {
  lifecycle = await openLifecycle();
  clock = createManualClock();
  const { store, keys } = lifecycle.context;
  context = { table: store.ticketSecrets, keys, clock, lifetimeMs: 2 * HOUR_MS };
});
afterEach(() => lifecycle[Symbol.asyncDispose]());

const inMs = (instant: Date): number => instant.getTime() - clock.now().getTime();

describe('rotateTicketSecrets', () => {
  it('makes a secret at first, and keeps it over restarts for a day', async () => {
    const first = await rotateTicketSecrets(context);
    expect(first.secrets).toHaveLength(1);
    expect(Buffer.from(first.secrets[0] ?? '', 'base64')).toHaveLength(32);
    expect(inMs(first.nextAt)).toBe(DAY_MS);
    await clock.advance(DAY_MS - MINUTE_MS);
    expect((await rotateTicketSecrets(context)).secrets).toEqual(first.secrets);
  });

  it('keeps the old one as long as its tickets may live, and then forgets it for ever', async () => {
    const { secrets: before } = await rotateTicketSecrets(context);
    await clock.advance(DAY_MS);
    const during = await rotateTicketSecrets(context);
    expect(during.secrets).toEqual([expect.any(String), ...before]);
    expect(during.secrets[0]).not.toBe(before[0]);
    expect(inMs(during.nextAt)).toBe(2 * HOUR_MS);
    await clock.advance(2 * HOUR_MS);
    const afterwards = await rotateTicketSecrets(context);
    expect(afterwards.secrets).toEqual([during.secrets[0]]);
    expect(inMs(afterwards.nextAt)).toBe(22 * HOUR_MS);
    expect(await lifecycle.context.store.secrets.countByKek()).toEqual([
      expect.objectContaining({ secrets: 1 }),
    ]);
  });

  it('starts anew after a long rest, and when the clock was set back', async () => {
    const { secrets: old } = await rotateTicketSecrets(context);
    await clock.advance(30 * DAY_MS);
    const { secrets: rested } = await rotateTicketSecrets(context);
    expect(rested).toHaveLength(2);
    clock.set(-400 * DAY_MS);
    const { secrets } = await rotateTicketSecrets(context);
    expect(secrets).toHaveLength(1);
    expect([...old, ...rested]).not.toContain(secrets[0]);
  });
});
