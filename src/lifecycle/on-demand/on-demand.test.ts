import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import type { CertificateRecord } from '../../store/records.ts';
import { defaultsFor, specFor } from '../../../test/support/lifecycle.ts';
import { type TestOnDemand, openOnDemand, settingsFor } from '../../../test/support/on-demand.ts';
import { createScriptedIssuer } from '../../../test/support/scripted-issuer.ts';
import { attend } from '../attend.ts';
import { newCertificate } from '../issue.ts';
import { removeCertificate } from '../revoke.ts';
import type { AskPermission, PermissionQuestion } from './ask-permission.ts';

const NAME = 'new.apps.example.com';
const HOST = '*.apps.example.com';
const { signal } = new AbortController();
const quietly = { wish: 'none', patience: 'none', report: () => undefined } as const;

/** A permission that says what the test wants, and remembers what it was asked. */
function permission(initial: 'allowed' | 'refused' | 'down' = 'allowed') {
  const asked: PermissionQuestion[] = [];
  const state = { says: initial };
  const ask: AskPermission = async (_settings, question) => {
    asked.push(question);
    if (state.says === 'down') throw new AppError('permission/unavailable', 'it is down');
    return state.says;
  };
  return { ask, asked, state };
}

async function only({ context }: TestOnDemand, name = NAME): Promise<CertificateRecord> {
  const [record] = await context.store.certificates.withNames([parseName(name)]);
  if (record === undefined) throw new Error(`there is no certificate for ${name}`);
  return record;
}

const countOf = async ({ context }: TestOnDemand): Promise<number> =>
  (await context.store.certificates.list({ limit: 1_000 })).length;

describe('OnDemand', () => {
  it('issues once however many wait, asks once, and says who came', async () => {
    const { ask, asked } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    const name = parseName(NAME);
    const client = { clientAddress: '192.0.2.1' };
    const at = await Promise.all(
      Array.from({ length: 50 }, () => test.onDemand.lookup(name, client)),
    );
    expect(at.every((entry) => entry?.isPending === true)).toBe(true);
    const entry = await test.settle(NAME);
    expect(entry?.credentials.map(({ names }) => names)).toEqual([[NAME]]);
    expect(asked).toEqual([{ name: NAME, clientAddress: '192.0.2.1' }]);
    const record = await only(test);
    expect(record).toMatchObject({ source: 'on-demand' });
    expect(await test.context.store.issuances.ofCertificate(record.id)).toHaveLength(1);
  });

  it('leaves nobody waiting whom it put off before it was done', async () => {
    const { ask, asked } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    await test.settle(NAME);
    // The certificate is there, and the attempt goes on to its end.
    expect(test.ended).toEqual([]);
    await test.context.store.certificates.remove((await only(test)).id);
    expect(await test.onDemand.lookup(parseName(NAME), {})).toMatchObject({ isPending: true });
    await expect.poll(() => test.ended).toEqual([NAME]);
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it('makes a pair where pairs are usual, and waits for the first of it', async () => {
    const { ask } = permission();
    const defaults = defaultsFor('ec256', 'rsa2048');
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask, defaults });
    expect((await test.settle(NAME))?.credentials).toMatchObject([{ keyAlgorithm: 'ec' }]);
    const there = await test.context.store.certificates.withNames([parseName(NAME)]);
    expect(there.map(({ spec, source }) => [spec.keyType, source])).toEqual([
      ['ec256', 'on-demand'],
      ['rsa2048', 'on-demand'],
    ]);
  });

  it('begins nothing for who does not wait', async () => {
    const { ask, asked } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    const entry = await test.onDemand.lookup(parseName(NAME));
    expect(entry).toMatchObject({ credentials: [], isPending: true });
    expect(asked).toEqual([]);
    expect(await test.onDemand.foresee(parseName(NAME), signal)).toMatchObject({
      outcome: 'would-issue',
    });
  });

  it('asks nobody about what is no name of its endpoints, or cannot be one', async () => {
    const { ask, asked } = permission();
    await using test = await openOnDemand({ settings: [settingsFor('*')], ask });
    for (const name of ['a.a.a.example.com', 'localhost', 'a.b.c.d.e.example.com']) {
      expect(await test.settle(name)).toBeUndefined();
    }
    expect(asked).toEqual([]);
    expect(await countOf(test)).toBe(0);
  });

  it('keeps a no for a while, and orders nothing', async () => {
    const { ask, asked, state } = permission('refused');
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    expect(await test.settle(NAME)).toBeUndefined();
    expect(test.ended).toEqual([NAME]);
    state.says = 'allowed';
    expect(await test.settle(NAME)).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(await countOf(test)).toBe(0);
    test.lifecycle.clock.advance(MINUTE_MS);
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
  });

  it('refuses while the permission does not answer, and asks again soon', async () => {
    const { ask, state } = permission('down');
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    expect(await test.settle(NAME)).toBeUndefined();
    expect(await countOf(test)).toBe(0);
    state.says = 'allowed';
    test.lifecycle.clock.advance(5 * SECOND_MS);
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
  });

  it('orders what the patterns cover without asking anybody', async () => {
    const { ask, asked } = permission();
    const { permission: _none, ...settings } = settingsFor('*', {
      patterns: [parseName('*.customers.example')],
    });
    await using test = await openOnDemand({ settings: [settings], ask });
    expect((await test.settle('one.customers.example'))?.credentials).toHaveLength(1);
    expect(await test.settle('one.strangers.example')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('leaves alone what somebody else manages', async () => {
    const { ask, asked } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    const { clock, store } = test.context;
    await store.certificates.insert(newCertificate(clock.now(), specFor([HOST]), 'file'));
    expect(await test.settle(NAME)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await countOf(test)).toBe(1);
  });

  it('takes over what the configuration has released once that has expired', async () => {
    const { ask } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    const { clock, store } = test.context;
    await store.certificates.insert(newCertificate(clock.now(), specFor([NAME]), 'released'));
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
    expect(await only(test)).toMatchObject({ source: 'on-demand' });
  });

  it('has a limit for each registered domain that outlives the process', async () => {
    const { ask, asked } = permission();
    const settings = settingsFor('*', { limit: { count: 2, perMs: HOUR_MS } });
    await using test = await openOnDemand({ settings: [settings], ask });
    for (const name of ['a.example.com', 'b.example.com', 'c.example.com', 'a.example.net']) {
      await test.settle(name);
    }
    expect(asked.map(({ name }) => name)).toEqual([
      'a.example.com',
      'b.example.com',
      'a.example.net',
    ]);
    test.onDemand.reconsider();
    expect(await test.settle('c.example.com')).toBeUndefined();
    test.lifecycle.clock.advance(HOUR_MS);
    expect((await test.settle('c.example.com'))?.credentials).toHaveLength(1);
  });

  it('keeps the CA from being asked again at once after a failure, and gives up on it', async () => {
    const now = (): Date => new Date();
    const issuer = await createScriptedIssuer('scripted', {
      attempts: [
        async () => {
          throw new AppError('acme/challenge-failed', 'it leads elsewhere');
        },
      ],
      now,
    });
    const { ask } = permission();
    const defaults = { ...defaultsFor(), issuers: ['scripted'] };
    await using test = await openOnDemand({
      settings: [settingsFor(HOST)],
      ask,
      defaults,
      issuers: [issuer],
    });
    expect(await test.settle(NAME)).toBeUndefined();
    const failed = await only(test);
    expect(failed.failure).toMatchObject({ count: 1 });
    expect(await test.settle(NAME)).toBeUndefined();
    expect(issuer.requests).toHaveLength(1);

    test.lifecycle.clock.advance(2 * MINUTE_MS);
    await attend(test.context, failed.id, quietly, signal);
    expect(await countOf(test)).toBe(0);
    expect(issuer.requests).toHaveLength(1);
  });

  it('does not bring back within a day what a person has removed', async () => {
    const { ask } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    await test.settle(NAME);
    await removeCertificate(test.context, { name: NAME });
    expect(await test.settle(NAME)).toBeUndefined();
    test.onDemand.reconsider();
    expect(await test.settle(NAME)).toBeUndefined();
    expect(await countOf(test)).toBe(0);
    test.lifecycle.clock.advance(DAY_MS);
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
  });

  it('stops while it asks, and leaves nothing behind', async () => {
    const ask: AskPermission = (_settings, _question, stopping) =>
      new Promise((_resolve, reject) => {
        stopping.addEventListener('abort', () => reject(stopping.reason as Error));
      });
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    expect(await test.onDemand.lookup(parseName(NAME), {})).toMatchObject({ isPending: true });
    await test.onDemand[Symbol.asyncDispose]();
    expect(await test.onDemand.lookup(parseName(NAME), {})).toBeUndefined();
    expect(await countOf(test)).toBe(0);
  });
});

describe('renewal of what was made on demand', () => {
  async function issued(says: 'allowed' | 'refused' | 'down') {
    const { ask, asked, state } = permission();
    const test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    await test.settle(NAME);
    const { id } = await only(test);
    const { nextActionAt } = await only(test);
    test.lifecycle.clock.advance(
      (nextActionAt?.getTime() ?? 0) - test.context.clock.now().getTime() + SECOND_MS,
    );
    state.says = says;
    return { test, id, asked, state, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
  }

  it('asks again, and renews after a yes', async () => {
    await using made = await issued('allowed');
    const { test, id, asked } = made;
    const { decision } = await attend(test.context, id, quietly, signal);
    expect(decision).toMatchObject({ action: 'issue' });
    expect(asked).toEqual([{ name: NAME, clientAddress: undefined }, { name: NAME }]);
  });

  it('lets it expire after a no, asks once a day, and removes it then', async () => {
    await using made = await issued('refused');
    const { test, id, asked } = made;
    const { decision } = await attend(test.context, id, quietly, signal);
    expect(decision).toMatchObject({ action: 'wait', reason: 'not-permitted' });
    expect(await only(test)).toMatchObject({ waiting: { scope: 'on-demand' } });
    expect((await test.settle(NAME))?.credentials).toHaveLength(1);
    for (let days = 0; (await countOf(test)) > 0; days += 1) {
      expect(days).toBeLessThan(100);
      const { nextActionAt } = await only(test);
      const wait = (nextActionAt?.getTime() ?? 0) - test.context.clock.now().getTime();
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(DAY_MS);
      test.lifecycle.clock.advance(wait);
      await attend(test.context, id, quietly, signal);
    }
    expect(asked.length).toBeGreaterThan(2);
    expect(await test.settle(NAME)).toBeUndefined();
  });

  it('renews when the no was a mistake', async () => {
    await using made = await issued('refused');
    const { test, id, state } = made;
    await attend(test.context, id, quietly, signal);
    state.says = 'allowed';
    test.lifecycle.clock.advance(DAY_MS);
    const { decision } = await attend(test.context, id, quietly, signal);
    expect(decision).toMatchObject({ action: 'issue' });
    expect((await only(test)).waiting).toBeUndefined();
  });

  it('counts a failure while nobody answers, and does not order', async () => {
    await using made = await issued('down');
    const { test, id } = made;
    await expect(attend(test.context, id, quietly, signal)).rejects.toMatchObject({
      code: 'permission/unavailable',
    });
    expect(await only(test)).toMatchObject({ failure: { count: 1 } });
    expect(await test.context.store.issuances.ofCertificate(id)).toHaveLength(1);
  });

  it('needs no leave for what a person asks for', async () => {
    await using made = await issued('refused');
    const { test, id } = made;
    const options = { ...quietly, wish: 'replace' } as const;
    const { decision } = await attend(test.context, id, options, signal);
    expect(decision).toMatchObject({ action: 'issue' });
  });
});

describe('what is foreseen', () => {
  const foreseen = (test: TestOnDemand, name: string) =>
    test.onDemand.foresee(parseName(name), signal);

  it('is what the next client gets, and brings nothing about', async () => {
    const { ask, state } = permission();
    await using test = await openOnDemand({ settings: [settingsFor(HOST)], ask });
    expect(await foreseen(test, 'other.example.com')).toBeUndefined();
    expect(await foreseen(test, NAME)).toEqual({
      outcome: 'would-issue',
      because: 'https://permission.example allows it',
    });
    expect(await countOf(test)).toBe(0);
    await test.settle(NAME);
    expect(await foreseen(test, NAME)).toMatchObject({ outcome: 'served' });
    await removeCertificate(test.context, { name: NAME });
    expect(await foreseen(test, NAME)).toMatchObject({
      outcome: 'refused',
      because: expect.stringMatching(/removed by a person, until /) as string,
    });
    state.says = 'refused';
    expect(await foreseen(test, 'b.apps.example.com')).toMatchObject({ outcome: 'refused' });
    state.says = 'down';
    expect(await foreseen(test, 'c.apps.example.com')).toMatchObject({ because: 'it is down' });
  });
});
