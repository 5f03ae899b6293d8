/**
 * What every issuer must do, as a test suite that each adapter passes.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChallengeSettings } from '../core/certificate-spec.ts';
import { type Name, nameSet, parseName } from '../core/names.ts';
import { parseChain } from '../pki/chain.ts';
import { checkChain } from '../pki/check-chain.ts';
import { createCsr } from '../pki/csr.ts';
import { generatePrivateKey } from '../pki/keys.ts';
import type { Issuer, IssuerFacts, JournalEntry, ObtainRequest, OrderJournal } from './issuer.ts';

export interface IssuerHarness extends AsyncDisposable {
  readonly issuer: Issuer;
  /** How control over any `example.com` name can be proven to it. */
  readonly settings: ChallengeSettings;
  /** Fails unless the chain leads to the issuer's root, by the word of something that is not ours. */
  verify(chainPem: string): Promise<void>;
  /** How many orders the issuer's CA has seen; always 0 where there is nobody to count. */
  countOrders(): Promise<number>;
}

export interface IssuerSubject {
  readonly title: string;
  open(): Promise<IssuerHarness>;
}

interface Wish {
  readonly request: ObtainRequest;
  readonly privateKey: KeyObject;
  readonly steps: readonly string[];
}

export function describeIssuer(subject: IssuerSubject): void {
  describe(`the issuer ${subject.title}`, () => {
    const { signal } = new AbortController();
    let harness: IssuerHarness;
    let issuer: Issuer;

    beforeEach(async () => {
      harness = await subject.open();
      ({ issuer } = harness);
    });
    afterEach(async () => {
      await issuer.close();
      await harness[Symbol.asyncDispose]();
    });

    async function wishFor(...texts: string[]): Promise<Wish> {
      const names: Name[] = nameSet(texts.map(parseName));
      const privateKey = await generatePrivateKey('ec256');
      const steps: string[] = [];
      const request = {
        ...harness.settings,
        names,
        csr: await createCsr({ names, privateKey }),
        journal: createMemoryJournal(),
        report: ({ step }: { step: string }) => void steps.push(step),
      };
      return { request, privateKey, steps };
    }

    async function expectFulfilled({ request, privateKey }: Wish, chainPem: string): Promise<void> {
      const { names } = request;
      expect(() => checkChain(chainPem, { names, privateKey, now: new Date() })).not.toThrow();
      await harness.verify(chainPem);
    }

    it('signs the key of the request for all its names, and reports the end', async () => {
      const wish = await wishFor('app.example.com', 'www.example.com');
      issuer.check(wish.request);
      const { chainPem } = await issuer.obtain(wish.request, signal);
      await expectFulfilled(wish, chainPem);
      expect(wish.steps.at(-1)).toBe('chain-received');
      expect(wish.request.journal.entry.answers).toEqual([]);
    });

    it('asks before a new order, and creates none when the answer is no', async ({ skip }) => {
      skip(issuer.facts === undefined, 'there is no CA to check anything against');
      const wish = await wishFor('app.example.com');
      const reason = new Error('no');
      const refused = issuer.obtain(
        { ...wish.request, beforeOrder: () => Promise.reject(reason) },
        signal,
      );
      await expect(refused).rejects.toBe(reason);
      expect(await harness.countOrders()).toBe(0);

      const asked: IssuerFacts[] = [];
      const beforeOrder = async (facts: IssuerFacts) => void asked.push(facts);
      await issuer.obtain({ ...wish.request, beforeOrder }, signal);
      await issuer.obtain({ ...wish.request, beforeOrder }, signal);
      expect(asked).toHaveLength(1);
      const { accountUrl = '', caaIdentities } = asked[0] ?? { caaIdentities: [] };
      expect(accountUrl).toMatch(/^https:/);
      expect(await issuer.facts?.(signal)).toMatchObject({ accountUrl, caaIdentities });
    });

    it('says where its orders are counted, if anywhere', async () => {
      await issuer.obtain((await wishFor('app.example.com')).request, signal);
      const isCounted = issuer.counted !== undefined;
      expect((await harness.countOrders()) > 0).toBe(isCounted);
      expect(issuer.counted?.directoryUrl ?? 'https:').toMatch(/^https:/);
    });

    it('goes on with what the journal holds instead of ordering again', async () => {
      const wish = await wishFor('app.example.com');
      await issuer.obtain(wish.request, signal);
      const orders = await harness.countOrders();
      const { chainPem } = await issuer.obtain(wish.request, signal);
      await expectFulfilled(wish, chainPem);
      expect(await harness.countOrders()).toBe(orders);
    });

    it('serves several requests at once, each with its own', async () => {
      const names = ['a.example.com', 'b.example.com', 'c.example.com'];
      const wishes = await Promise.all(names.map((name) => wishFor(name)));
      const chains = await Promise.all(wishes.map(({ request }) => issuer.obtain(request, signal)));
      for (const [index, wish] of wishes.entries()) {
        await expectFulfilled(wish, chains[index]?.chainPem ?? '');
      }
    });

    it('rejects with the reason of an abort, and leaves a journal to go on with', async () => {
      const wish = await wishFor('app.example.com');
      const reason = new Error('stop');
      const aborted = issuer.obtain(wish.request, AbortSignal.abort(reason));
      await expect(aborted).rejects.toBe(reason);
      const { chainPem } = await issuer.obtain(wish.request, signal);
      await expectFulfilled(wish, chainPem);
    });

    it('revokes what it has issued', async () => {
      const wish = await wishFor('app.example.com');
      const { chainPem } = await issuer.obtain(wish.request, signal);
      const { leafDer } = parseChain(chainPem);
      await expect(issuer.revoke(leafDer, 'superseded', signal)).resolves.toBeUndefined();
    });

    it('revokes by the key alone where it offers that', async ({ skip }) => {
      skip(issuer.revokeByKey === undefined, 'the issuer knows its certificates itself');
      const { request, privateKey } = await wishFor('app.example.com');
      const { chainPem } = await issuer.obtain(request, signal);
      const { leafDer } = parseChain(chainPem);
      const other = await generatePrivateKey('ec256');
      const byOther = issuer.revokeByKey?.(leafDer, other, 'keyCompromise', signal);
      await expect(byOther).rejects.toMatchObject({ code: expect.stringMatching(/^acme\//) });
      const revoked = issuer.revokeByKey?.(leafDer, privateKey, 'keyCompromise', signal);
      await expect(revoked).resolves.toBeUndefined();
    });

    it('names a window inside the validity where it says when to renew', async ({ skip }) => {
      skip(issuer.renewalInfo === undefined, 'the issuer leaves this to the dates');
      const wish = await wishFor('app.example.com');
      const { chainPem } = await issuer.obtain(wish.request, signal);
      const { ariId, notBefore, notAfter } = parseChain(chainPem);
      const answer = await issuer.renewalInfo?.(ariId ?? '', signal);
      if (answer?.available !== true) throw new Error('the issuer names no window');
      const { start, end } = answer.window;
      expect([notBefore, start, end, notAfter]).toEqual(
        [notBefore, start, end, notAfter].toSorted(
          (left, right) => left.getTime() - right.getTime(),
        ),
      );
      expect(answer.checkAt.getTime()).toBeGreaterThan(Date.now());
    });

    it('gives its account a new key, and takes up the old one again never', async ({ skip }) => {
      const { account } = issuer;
      if (account === undefined) return skip('the issuer knows nobody by an account');
      const report = (): void => undefined;
      expect(await account.show(signal)).toMatchObject({ status: 'none', contact: [] });
      await expect(account.rollOver(report, signal)).rejects.toMatchObject({
        code: 'input/invalid',
      });
      const registered = await account.register(report, signal);
      expect(registered).toMatchObject({ status: 'valid', isKeyChangeUnfinished: false });
      expect(await account.register(report, signal)).toEqual(registered);
      const changed = await account.rollOver(report, signal);
      expect(changed.url).toBe(registered.url);
      expect(changed.thumbprint).not.toBe(registered.thumbprint);
      expect(await account.show(signal)).toEqual(changed);
      const wish = await wishFor('app.example.com');
      const { chainPem } = await issuer.obtain(wish.request, signal);
      await expectFulfilled(wish, chainPem);
      return undefined;
    });

    it('ends its account for ever, and gets another one only when asked to', async ({ skip }) => {
      const { account } = issuer;
      if (account === undefined) return skip('the issuer knows nobody by an account');
      const report = (): void => undefined;
      const { url } = await account.register(report, signal);
      expect(await account.deactivate(report, signal)).toMatchObject({
        status: 'deactivated',
        url,
      });
      expect(await account.deactivate(report, signal)).toMatchObject({ status: 'deactivated' });
      const { request } = await wishFor('app.example.com');
      const refused = { code: 'acme/unauthorized' };
      await expect(issuer.obtain(request, signal)).rejects.toMatchObject(refused);
      await expect(account.rollOver(report, signal)).rejects.toMatchObject({
        code: 'input/invalid',
      });
      expect((await account.register(report, signal)).url).not.toBe(url);
      await issuer.obtain(request, signal);
      return undefined;
    });

    it('rehearses without a trace in what it issues', async ({ skip }) => {
      skip(issuer.rehearsal === undefined, 'the issuer has nowhere to rehearse');
      const wish = await wishFor('app.example.com');
      await issuer.rehearsal?.obtain(wish.request, signal);
      expect(wish.request.journal.entry.answers).toEqual([]);
      const real = await wishFor('app.example.com');
      const { chainPem } = await issuer.obtain(real.request, signal);
      await expectFulfilled(real, chainPem);
    });

    it('has no lasting answer for a certificate that it does not know', async ({ skip }) => {
      skip(issuer.renewalInfo === undefined, 'the issuer leaves this to the dates');
      const answer = await issuer.renewalInfo?.('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE', signal);
      expect(answer).toMatchObject({ available: false, isTemporary: false });
    });

    it('can be closed twice', async () => {
      await issuer.close();
      await expect(issuer.close()).resolves.toBeUndefined();
    });
  });
}

function createMemoryJournal(): OrderJournal {
  let entry: JournalEntry = { answers: [] };
  return {
    get entry() {
      return entry;
    },
    async save(change) {
      entry = { ...entry, ...change };
    },
    async startOver(failedChallenges) {
      entry = { answers: entry.answers, failedChallenges };
    },
  };
}
