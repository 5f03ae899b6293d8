/**
 * What is checked before a CA is asked for an order.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/core/clock.ts';
import { attend } from '../../src/lifecycle/attend.ts';
import { openTestControl } from '../support/control.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const caa = (value: string) => [{ tag: 'issue', value }];

describe('an order', () => {
  it('is not made while CAA forbids it, and is made when CAA allows this account and method', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.path, ca);
    const issue = () => test.issue(['app.example.com'], { challenges: ['http-01'] });

    await ca.dns.setCaa('example.com', caa('other-ca.example'));
    const forbidden = {
      code: 'preflight/caa',
      message: expect.stringContaining('other-ca.example'),
    };
    await expect(issue()).rejects.toMatchObject(forbidden);

    const identity = 'pebble.letsencrypt.org';
    await ca.dns.setCaa('example.com', caa(`${identity}; validationmethods=dns-01`));
    await expect(issue()).rejects.toMatchObject({ code: 'preflight/caa' });
    expect(await ca.orderCount()).toBe(0);

    const [account] = await test.control.store.accounts.list();
    const bound = `${identity}; validationmethods=http-01; accounturi=${account?.url}`;
    await ca.dns.setCaa('example.com', caa(bound));
    expect(await issue()).toMatchObject({ outcome: 'issued' });
    expect(await ca.orderCount()).toBe(1);
  });

  it('is left to the CA where DNS gives no answer', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.path, ca);
    await ca.dns.setServfail('app.example.com');
    const issued = test.issue(['app.example.com'], { challenges: ['http-01'] });
    await expect(issued).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    expect(test.progress).toContainEqual({
      step: 'warning',
      message: expect.stringContaining('CAA records of app.example.com cannot be read'),
    });
  });
});

describe('a name that has moved away', () => {
  it('is parked without orders, and comes back when it leads here again', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const preflight = { publicAddresses: ['198.51.100.1'] };
    await using test = await openTestControl(dir.path, ca, { preflight });
    const { context, operations } = test.control;
    const { signal } = new AbortController();
    const steps: string[] = [];
    const report = ({ step }: { step: string }) => void steps.push(step);
    const show = () => operations.show({ name: 'app.example.com' }, report, signal);

    await ca.dns.setAddresses('app.example.com', ['240.0.0.1']);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const issued = test.issue(['app.example.com'], { challenges: ['http-01'] });
      await expect(issued).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    }
    const parked = await show();
    expect(parked.next).toMatchObject({ action: 'wait', reason: 'parked' });
    expect(parked.failure?.parked?.message).toBe('app.example.com leads to 240.0.0.1');
    expect(await ca.orderCount()).toBe(5);

    const options = { wish: 'none', patience: 'none', report } as const;
    test.advance(1.2 * DAY_MS);
    const { decision } = await attend(context, parked.id, options, signal);
    expect(decision.reason).toBe('parked');
    expect(await ca.orderCount()).toBe(5);

    await ca.dns.clearAddresses('app.example.com');
    test.advance(1.2 * DAY_MS);
    const back = await attend(context, parked.id, options, signal);
    expect(back.decision).toMatchObject({ action: 'issue', reason: 'missing' });
    expect(steps).toContain('unparked');
    expect((await show()).failure).toBeUndefined();
  });
});
