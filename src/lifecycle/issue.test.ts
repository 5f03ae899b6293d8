import { describe, expect, it } from 'vitest';
import {
  type TestLifecycle,
  defaultsFor,
  openLifecycle,
  specFor,
} from '../../test/support/lifecycle.ts';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { systemClock } from '../core/clock.ts';
import { type IssueRequest, type IssueResult, issueCertificate, newCertificate } from './issue.ts';
import { importCertificate } from './transfer.ts';

const DEFAULTS = defaultsFor();

async function openToday(): Promise<TestLifecycle> {
  const test = await openLifecycle();
  test.clock.advance(Date.now() - test.clock.now().getTime());
  return test;
}

function issue(
  { context }: TestLifecycle,
  names: readonly string[],
  request: Partial<IssueRequest> = {},
): Promise<IssueResult> {
  return issueCertificate(
    context,
    DEFAULTS,
    { names, wanted: {}, isForced: false, isDryRun: false, ...request },
    () => undefined,
    new AbortController().signal,
  );
}

describe('issueCertificate', () => {
  it('issues once for a set of names, however they are written', async () => {
    await using test = await openLifecycle();
    const first = await issue(test, ['b.example.com', 'A.example.com.']);
    expect(first).toMatchObject({
      outcome: 'issued',
      reason: 'missing',
      certificate: { names: ['a.example.com', 'b.example.com'], source: 'added', status: 'valid' },
    });
    const second = await issue(test, ['a.example.com', 'b.example.com', 'b.example.com']);
    expect(second).toMatchObject({ outcome: 'unchanged', reason: 'valid' });
    // That it was looked at again is all that has changed.
    const { revision } = second.certificate;
    expect(second.certificate).toEqual({ ...first.certificate, revision });
  });

  it('keeps what was asked for before, and replaces when something else is wanted', async () => {
    await using test = await openLifecycle();
    await issue(test, ['a.example.com'], { wanted: { keyTypes: ['ec384'] } });
    expect(await issue(test, ['a.example.com'])).toMatchObject({
      outcome: 'unchanged',
      certificate: { keyType: 'ec384' },
    });
    test.clock.advance(1);
    const changed = await issue(test, ['a.example.com'], { wanted: { keyTypes: ['ec256'] } });
    expect(changed).toMatchObject({ outcome: 'issued', reason: 'key-type-changed' });
  });

  it('is one order when several ask at once', async () => {
    await using test = await openToday();
    // Waiting for a lease must take time: on the other clock it would expire at once.
    const waiting = { ...test, context: { ...test.context, clock: systemClock } };
    const results = await Promise.all([1, 2, 3].map(() => issue(waiting, ['a.example.com'])));
    const outcomes = results.map(({ outcome }) => outcome).toSorted();
    expect(outcomes).toEqual(['issued', 'unchanged', 'unchanged']);
    const [listed] = await test.context.store.certificates.list({ limit: 2 });
    const history = await test.context.store.issuances.ofCertificate(listed?.certificate.id ?? '');
    expect(history).toHaveLength(1);
  });

  it('writes nothing when it only says what would be done', async () => {
    await using test = await openLifecycle();
    const planned = await issue(test, ['a.example.com'], { isDryRun: true });
    expect(planned).toMatchObject({ outcome: 'planned', reason: 'missing' });
    expect(await test.context.store.certificates.list({ limit: 1 })).toEqual([]);

    await issue(test, ['a.example.com']);
    const forced = await issue(test, ['a.example.com'], { isDryRun: true, isForced: true });
    expect(forced).toMatchObject({ outcome: 'planned', reason: 'forced' });
    expect(test.changes).toHaveLength(1);
  });

  it.each([
    ['no name', [], {}, 'usage/invalid'],
    ['a broken name', ['a..example.com'], {}, 'name/invalid'],
    ['an unknown issuer', ['a.example.com'], { wanted: { issuers: ['nobody'] } }, 'issuer/unknown'],
  ])('refuses %s before anything is managed', async (_title, names, request, code) => {
    await using test = await openLifecycle();
    await expect(issue(test, names, request)).rejects.toMatchObject({ code });
    expect(await test.context.store.certificates.list({ limit: 1 })).toEqual([]);
  });

  it.each(['file', 'endpoint'] as const)('leaves settings from the %s to it', async (source) => {
    await using test = await openLifecycle();
    const configured = newCertificate(test.clock.now(), specFor(['a.example.com']), source);
    await test.context.store.certificates.insert(configured);
    const otherwise = issue(test, ['a.example.com'], { wanted: { keyTypes: ['rsa2048'] } });
    await expect(otherwise).rejects.toMatchObject({ code: 'certificate/conflict' });
    expect(await issue(test, ['a.example.com'])).toMatchObject({
      outcome: 'issued',
      certificate: { source },
    });
  });

  it('takes an imported certificate over, by the defaults', async () => {
    await using test = await openToday();
    const credential = await createOpensslCredential(['a.example.com']);
    const { id } = await importCertificate(test.context, credential);
    test.clock.advance(1);
    expect(await issue(test, ['a.example.com'])).toMatchObject({
      outcome: 'issued',
      reason: 'issuer-changed',
      certificate: { id, source: 'added', issuers: ['internal'], next: { reason: 'valid' } },
    });
  });
});
