import { describe, expect, it } from 'vitest';
import { DAY_MS, after } from '../../src/core/clock.ts';
import { openTestControl } from '../support/control.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const BY_HTTP = { challenges: ['http-01'], profile: 'default' } as const;

describe('renewal by the CA\u2019s own word', () => {
  it('happens in the window that the CA names, and tells the CA what it replaces', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const { operations } = test.control;
    const signal = new AbortController().signal;
    const issued = await test.issue([NAME], { ...BY_HTTP, challenges: ['http-01'] });
    const before = await operations.show({ name: NAME }, () => undefined, signal);
    expect(before.next.reason).toBe('valid');
    expect(await operations.renew({ every: 'due' }, () => undefined, signal)).toEqual([]);

    const now = Date.now();
    await ca.setRenewalInfo(before.chainPem ?? '', {
      suggestedWindow: {
        start: after(new Date(now), -DAY_MS),
        end: after(new Date(now), DAY_MS / 2),
      },
      explanationURL: 'https://ca.example/incident',
    });
    test.advance(DAY_MS);
    const renewed = await operations.renew({ every: 'due' }, () => undefined, signal);
    expect(renewed).toMatchObject([{ outcome: 'issued', names: [NAME] }]);
    expect(renewed[0]?.message).toContain('https://ca.example/incident');
    expect(renewed[0]?.certificate?.current?.serial).not.toBe(issued.certificate.current?.serial);
    expect(await ca.replacementCount()).toBe(1);
    const { chainPem } = await operations.exportCertificate(
      { name: NAME, withKey: false },
      () => undefined,
      signal,
    );
    await verifyChain(chainPem, (await ca.roots()).join(''));
  });

  it('keeps the drawn instant while the window stays the same', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await test.issue([NAME], { ...BY_HTTP, challenges: ['http-01'] });
    const signal = new AbortController().signal;
    const show = () => test.control.operations.show({ name: NAME }, () => undefined, signal);
    const { renewal } = await show();
    test.advance(DAY_MS);
    await test.control.operations.renew({ every: 'due' }, () => undefined, signal);
    expect((await show()).renewal?.renewAt).toBe(renewal?.renewAt);
    expect((await ca.requests()).filter(({ path }) => path.includes('renewalInfo'))).toHaveLength(
      2,
    );
  });

  const from = (days: number) => after(new Date(), days * DAY_MS).toISOString();
  it.each([
    ['is malformed', { start: 'soon', end: 'later' }],
    ['ends before it starts', { start: from(3), end: from(2) }],
  ])('keeps what was known when the window %s', async (_, suggestedWindow) => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await test.issue([NAME], { ...BY_HTTP, challenges: ['http-01'] });
    const signal = new AbortController().signal;
    const { operations } = test.control;
    const show = () => operations.show({ name: NAME }, () => undefined, signal);
    const before = await show();
    await ca.setRenewalInfo(before.chainPem ?? '', { suggestedWindow });
    test.advance(DAY_MS);
    expect(await operations.renew({ every: 'due' }, () => undefined, signal)).toMatchObject([
      { outcome: 'unchanged' },
    ]);
    const later = await show();
    expect(later.renewal).toEqual(before.renewal);
    expect(later.next).toMatchObject({ reason: 'valid', at: before.renewal?.renewAt });
  });

  it('comes before the end of life although the window is beyond it', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const { certificate } = await test.issue([NAME], { ...BY_HTTP, challenges: ['http-01'] });
    const signal = new AbortController().signal;
    const { operations } = test.control;
    const show = () => operations.show({ name: NAME }, () => undefined, signal);
    const suggestedWindow = { start: from(9_000), end: from(9_001) };
    await ca.setRenewalInfo((await show()).chainPem ?? '', { suggestedWindow });
    test.advance(DAY_MS);
    await operations.renew({ every: 'due' }, () => undefined, signal);
    const { next, renewal } = await show();
    expect(renewal).toMatchObject({ windowStart: suggestedWindow.start });
    expect(next.reason).toBe('valid');
    const notAfter = certificate.current?.notAfter ?? '';
    expect(Date.parse(next.at ?? '')).toBeLessThan(Date.parse(notAfter));
  });

  it('orders once without `replaces` when the CA says that the predecessor is replaced', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    await test.issue([NAME], { ...BY_HTTP, challenges: ['http-01'] });
    const signal = new AbortController().signal;
    const renew = () =>
      test.control.operations.renew({ names: [NAME] }, (step) => reported.push(step.step), signal);
    const reported: string[] = [];
    await renew();
    expect(await ca.replacementCount()).toBe(1);
    // Taking back the store to before the renewal makes the second one name the same predecessor.
    const { store } = test.control;
    const [{ certificate } = { certificate: undefined }] = await store.certificates.list({
      limit: 1,
    });
    const first = (await store.issuances.ofCertificate(certificate?.id ?? '')).at(-1);
    if (certificate === undefined || first === undefined) throw new Error('nothing was issued');
    await store.certificates.update({ ...certificate, issuanceId: first.id });
    reported.length = 0;
    expect(await renew()).toMatchObject([{ outcome: 'issued' }]);
    expect(reported).toContain('warning');
    expect(await ca.replacementCount()).toBe(1);
  });
});
