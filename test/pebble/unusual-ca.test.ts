import { describe, expect, it } from 'vitest';
import { DAY_MS, after } from '../../src/core/clock.ts';
import { mapConcurrently } from '../../src/core/concurrency.ts';
import { type TestControl, openTestControl } from '../support/control.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const BY_HTTP = { challenges: ['http-01'], profile: 'default' } as const;

const silently = () => undefined;
const { signal } = new AbortController();

function issue(test: TestControl, name = NAME) {
  return test.issue([name], { ...BY_HTTP, challenges: ['http-01'] });
}

function show({ control }: TestControl) {
  return control.operations.show({ name: NAME }, silently, signal);
}

function renewDue({ control }: TestControl) {
  return control.operations.renew({ every: 'due' }, silently, signal);
}

function requestsFor(ca: Pebble) {
  return ca.requests().then((all) => all.filter(({ path }) => path.includes('renewalInfo')));
}

describe('a CA with renewal information', () => {
  it.each([
    ['that is no JSON', '{"suggestedWindow":'],
    ['without a window', { explanationURL: 'https://ca.example/' }],
    ['with instants that are none', { suggestedWindow: { start: 'soon', end: 'later' } }],
    [
      'whose window ends before it starts',
      { suggestedWindow: { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' } },
    ],
  ])('%s keeps the instant that was known, and is asked again in hours', async (_title, answer) => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await issue(test);
    const before = await show(test);
    await ca.setRenewalInfo(before.chainPem ?? '', answer);
    test.advance(DAY_MS);
    expect(await renewDue(test)).toMatchObject([{ outcome: 'unchanged' }]);
    const later = await show(test);
    expect(later.renewal?.renewAt).toBe(before.renewal?.renewAt);
    expect(later.next.reason).toBe('valid');
    expect(await renewDue(test)).toEqual([]);
    expect(await requestsFor(ca)).toHaveLength(2);
    expect(await ca.orderCount()).toBe(1);
  });

  it('that lies in the past is renewed from at once, and once', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await issue(test);
    const { chainPem = '' } = await show(test);
    const now = new Date();
    await ca.setRenewalInfo(chainPem, {
      suggestedWindow: { start: after(now, -9 * DAY_MS), end: after(now, -8 * DAY_MS) },
    });
    test.advance(DAY_MS);
    expect(await renewDue(test)).toMatchObject([{ outcome: 'issued' }]);
    expect(await ca.replacementCount()).toBe(1);
    test.advance(DAY_MS);
    expect(await renewDue(test)).toMatchObject([{ outcome: 'unchanged' }]);
    expect(await ca.orderCount()).toBe(2);
  });

  it('after the certificate has ended is not waited for', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await issue(test);
    const { chainPem = '' } = await show(test);
    const far = after(new Date(), 400 * DAY_MS);
    await ca.setRenewalInfo(chainPem, {
      suggestedWindow: { start: far, end: after(far, DAY_MS) },
    });
    test.advance(DAY_MS);
    expect(await renewDue(test)).toMatchObject([{ outcome: 'unchanged' }]);
    test.advance(82 * DAY_MS);
    expect(await renewDue(test)).toMatchObject([{ outcome: 'issued' }]);
    expect(await ca.orderCount()).toBe(2);
  });
});

describe('a CA with alternate roots, long chains, and no liking for its own nonces', () => {
  it('gives chains that end at a root of its own, by one order each', async () => {
    await using ca = await Pebble.start({ alternateRoots: 2, chainLength: 3, rejectNonces: 50 });
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const names = Array.from({ length: 20 }, (_, index) => `n${index}.example.com`);
    await mapConcurrently(names, 10, (name) => issue(test, name));
    expect(await ca.orderCount()).toBe(names.length);
    const [root = '', ...alternates] = await ca.roots();
    expect(alternates).toHaveLength(2);
    const { chainPem } = await test.control.operations.exportCertificate(
      { name: names[0] ?? '', withKey: false },
      silently,
      signal,
    );
    expect(chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(1 + 3);
    await verifyChain(chainPem, root);
  });
});
