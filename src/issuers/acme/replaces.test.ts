import { describe, expect, it } from 'vitest';
import {
  type Ca,
  openCa,
  orderBody,
  payloadOf,
  privateKey,
  problem,
} from '../../../test/support/scripted-ca.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import type { ScriptedAnswer } from '../../../test/support/https-server.ts';
import { parseName } from '../../core/names.ts';
import type { Issuer, JournalEntry } from '../issuer.ts';
import { createAcmeIssuer } from './issuer.ts';

const REPLACES = 'aYhba4.AIdl';
const signal = new AbortController().signal;

/** A CA that refuses `replaces` by `refusal`; every order that it takes fails at once. */
async function openSubject(refusal: ScriptedAnswer) {
  const ca: Ca = await openCa({
    '/order': (request, base) =>
      'replaces' in (payloadOf(request) as object)
        ? refusal
        : {
            status: 201,
            headers: { location: `${base}/order/1` },
            body: orderBody(base, {
              status: 'invalid',
              identifiers: [{ type: 'dns', value: 'a.example' }],
            }),
          },
  });
  const account = { url: ca.url('/account/1'), contact: [], privateKey };
  const issuer: Issuer = createAcmeIssuer({
    name: 'ca',
    directoryUrl: ca.url('/directory'),
    caBundle: ca.server.root,
    acceptTerms: true,
    accountKeyType: 'ec256',
    userAgent: 'certctl/test',
    vault: {
      load: async () => account,
      save: async () => undefined,
      exclusively: (_url, _signal, work) => work(),
    },
    solvers: {
      solverFor() {
        throw new Error('nothing is to be proven');
      },
    },
    clock: createSteppingClock(),
  });
  return {
    /** Whether each newOrder request named the predecessor. */
    orders: () =>
      ca.server.requests
        .filter(({ path }) => path === '/order')
        .map((request) => 'replaces' in (payloadOf(request) as object)),
    async obtain(entry: JournalEntry = { answers: [] }, save?: (entry: JournalEntry) => void) {
      let current = entry;
      const journal = {
        get entry() {
          return current;
        },
        save: async (change: Partial<JournalEntry>) => {
          current = { ...current, ...change };
          save?.(current);
        },
        startOver: async () => undefined,
      };
      const request = {
        names: [parseName('a.example')],
        challenges: [],
        csr: new Uint8Array(),
        replaces: REPLACES,
      };
      await issuer.obtain({ ...request, journal, report: () => undefined }, signal);
    },
    async [Symbol.asyncDispose]() {
      await issuer.close();
      await ca[Symbol.asyncDispose]();
    },
  };
}

describe('an order that replaces a certificate (RFC 9773 §5)', () => {
  it.each([
    [409, 'alreadyReplaced'],
    [400, 'malformed'],
    [403, 'unauthorized'],
    [404, 'about:blank'],
    [500, 'serverInternal'],
    [400, 'ofNobodyElse'],
  ])('is made once without it after %i %s', async (status, type) => {
    await using subject = await openSubject(problem(status, type));
    await expect(subject.obtain()).rejects.toMatchObject({ code: 'acme/order-failed' });
    expect(subject.orders()).toEqual([true, false]);
  });

  it.each([
    [429, 'rateLimited', 'acme/rate-limited'],
    [403, 'userActionRequired', 'acme/terms-required'],
  ])('is not made without it after %i %s', async (status, type, code) => {
    await using subject = await openSubject(problem(status, type));
    await expect(subject.obtain()).rejects.toMatchObject({ code });
    expect(subject.orders()).not.toContain(false);
  });

  it('does not name it again when it was interrupted between the two', async () => {
    await using subject = await openSubject(problem(409, 'alreadyReplaced'));
    let onDisk: JournalEntry = { answers: [] };
    const interrupted = subject.obtain(onDisk, (entry) => {
      onDisk = entry;
      throw new Error('the process ends here');
    });
    await expect(interrupted).rejects.toThrow('the process ends here');
    expect(subject.orders()).toEqual([true]);
    await expect(subject.obtain(onDisk)).rejects.toMatchObject({ code: 'acme/order-failed' });
    expect(subject.orders()).toEqual([true, false]);
  });
});
