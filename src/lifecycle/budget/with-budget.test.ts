import { describe, expect, it } from 'vitest';
import { type TestLifecycle, openLifecycle, specFor } from '../../../test/support/lifecycle.ts';
import {
  type Attempt,
  type ScriptedIssuer,
  createScriptedIssuer,
} from '../../../test/support/scripted-issuer.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import type { CaLimits } from '../../issuers/ca-limits.ts';
import type { RenewalInfoAnswer } from '../../issuers/issuer.ts';
import { attend } from '../attend.ts';
import { newCertificate } from '../issue.ts';
import type { Wish } from '../planner/input.ts';
import { viewCertificate } from '../view.ts';

const DIRECTORY = 'https://ca.example/directory';
const UNPAUSE = 'https://ca.example/unpause?jwt=a.b.c';
const START = createSteppingClock().now();

const succeed: Attempt = (_request, sign) => sign();
const ordered =
  (thrown: AppError): Attempt =>
  async ({ journal }) => {
    await journal.save({ url: `${DIRECTORY}/order` });
    throw thrown;
  };
const refused = (status: number, detail: string, retryAt?: Date): Attempt => {
  const problem = { type: 'rateLimited', detail, subproblems: [] };
  return async () => {
    throw new AppError('acme/rate-limited', detail, { context: { status, problem }, retryAt });
  };
};
const failedFor = (identifier: string): AppError =>
  new AppError('acme/challenge-failed', 'no', { context: { identifier } });

interface Subject extends TestLifecycle {
  readonly issuer: ScriptedIssuer;
  add(...names: string[]): Promise<string>;
  attend(id: string, wish?: Wish): Promise<unknown>;
  /** As `certctl show` has it. */
  view(id: string): Promise<ReturnType<typeof viewCertificate>>;
}

interface Given {
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly limits?: CaLimits;
  readonly renewalInfo?: () => Promise<RenewalInfoAnswer>;
}

async function openSubject({ attempts, limits = {}, ...more }: Given): Promise<Subject> {
  let now = (): Date => START;
  const counted = { directoryUrl: DIRECTORY, limits };
  const scripts = { attempts, counted, now: () => now(), ...more };
  const issuer = await createScriptedIssuer('ca', scripts);
  const lifecycle = await openLifecycle([issuer]);
  const { context, clock } = lifecycle;
  now = () => clock.now();
  return {
    ...lifecycle,
    issuer,
    async add(...names) {
      const spec = specFor(names, { issuers: ['ca'] });
      const certificate = newCertificate(clock.now(), spec, 'added');
      await context.store.certificates.insert(certificate);
      return certificate.id;
    },
    attend: (id, wish = 'none') => {
      const options = { wish, patience: 'none', report: () => undefined } as const;
      return attend(context, id, options, new AbortController().signal);
    },
    async view(id) {
      const record = await context.store.certificates.find(id);
      if (record === undefined) throw new Error('the certificate is gone');
      const { issuanceId } = record;
      const issuance =
        issuanceId === undefined ? undefined : await context.store.issuances.find(issuanceId);
      return viewCertificate(clock, record, issuance);
    },
  };
}

describe('an order beyond a limit', () => {
  const limits = { newOrdersPerAccount: { count: 1, perMs: 3 * HOUR_MS } };

  it('waits for the limit, is no failure, and goes on with its journal', async () => {
    await using subject = await openSubject({ attempts: [succeed], limits });
    const [first, second] = [await subject.add('a.example'), await subject.add('b.example')];
    await subject.attend(first);
    subject.clock.advance(HOUR_MS);
    const retryAt = after(START, 3 * HOUR_MS);
    const { store } = subject.context;
    for (const wish of ['none', 'look', 'replace'] as const) {
      await expect(subject.attend(second, wish)).rejects.toMatchObject({
        code: 'budget/exhausted',
        retryAt,
      });
    }
    expect(subject.issuer.requests).toHaveLength(1);
    const order = await store.orders.unfinishedOf(second);
    expect(order).toBeDefined();
    const record = await store.certificates.find(second);
    expect(record?.nextActionAt).toEqual(retryAt);
    expect(record).not.toHaveProperty('failure');
    expect(await subject.view(second)).toMatchObject({
      status: 'pending',
      next: { action: 'wait', reason: 'waiting', at: retryAt.toISOString() },
      waiting: { scope: `account ${DIRECTORY}`, until: retryAt.toISOString() },
    });

    subject.clock.advance(2 * HOUR_MS);
    await subject.attend(second);
    const view = await subject.view(second);
    expect(view).toMatchObject({ status: 'valid' });
    expect(view).not.toHaveProperty('waiting');
    const issued = await store.issuances.ofCertificate(second);
    expect(issued.map(({ keySecretId }) => keySecretId)).toEqual([order?.keySecretId]);
  });

  it('is allowed to a renewal of the same names, and of the window of the CA', async () => {
    const strict = { count: 1, perMs: 24 * DAY_MS };
    const window = { start: after(START, DAY_MS), end: after(START, 2 * DAY_MS) };
    await using subject = await openSubject({
      attempts: [succeed],
      limits: {
        newOrdersPerAccount: strict,
        certificatesPerRegisteredDomain: strict,
        certificatesPerNameSet: { count: 2, perMs: 24 * DAY_MS },
      },
      renewalInfo: async () => ({ available: true, window, checkAt: after(START, 9 * DAY_MS) }),
    });
    const id = await subject.add('a.example.com');
    for (let times = 0; times < 2; times += 1) {
      subject.clock.advance(1);
      await subject.attend(id, 'replace');
    }
    await expect(subject.attend(id, 'replace')).rejects.toMatchObject({
      code: 'budget/exhausted',
      context: { scope: expect.stringMatching(/^name-set /) },
    });
    const other = await subject.add('b.example.com');
    await expect(subject.attend(other)).rejects.toMatchObject({ code: 'budget/exhausted' });

    subject.clock.advance(DAY_MS);
    await subject.attend(id, 'replace');
    subject.clock.advance(DAY_MS);
    await expect(subject.attend(id, 'replace')).rejects.toMatchObject({ code: 'budget/exhausted' });
    expect(subject.issuer.requests).toHaveLength(3);
  });

  it('counts what is issued: an order that comes to nothing leaves room for the next', async () => {
    await using subject = await openSubject({
      attempts: [refused(500, 'broken'), ordered(failedFor('a.example.com')), succeed],
      limits: { certificatesPerRegisteredDomain: { count: 1, perMs: 7 * DAY_MS } },
    });
    const id = await subject.add('a.example.com');
    await expect(subject.attend(id)).rejects.toMatchObject({ code: 'acme/rate-limited' });
    await expect(subject.attend(id, 'look')).rejects.toMatchObject({
      code: 'acme/challenge-failed',
    });
    await subject.attend(id, 'look');
    const other = await subject.add('b.example.com');
    await expect(subject.attend(other)).rejects.toMatchObject({ code: 'budget/exhausted' });
  });

  it('goes to the next issuer where there is one', async () => {
    await using subject = await openSubject({ attempts: [succeed], limits });
    await subject.attend(await subject.add('a.example'));
    const { store } = subject.context;
    const id = await subject.add('b.example');
    const record = await store.certificates.find(id);
    if (record === undefined) throw new Error('the certificate is gone');
    const spec = { ...record.spec, issuers: ['ca', 'internal'] };
    await store.certificates.update({ ...record, spec });
    await subject.attend(id);
    expect(await subject.view(id)).toMatchObject({
      status: 'valid',
      current: { issuer: 'internal' },
    });
  });

  it('gives two at once no more than there is', async () => {
    await using subject = await openSubject({ attempts: [succeed], limits });
    const ids = [await subject.add('a.example'), await subject.add('b.example')];
    const results = await Promise.allSettled(ids.map((id) => subject.attend(id)));
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a failed validation', () => {
  const fail = ordered(failedFor('*.bad.example'));

  it('counts for every certificate with this name, and no other', async () => {
    await using subject = await openSubject({
      attempts: [fail, fail, succeed],
      limits: { failedValidationsPerName: { count: 2, perMs: 2 * HOUR_MS } },
    });
    const one = await subject.add('*.bad.example', 'good.example');
    const two = await subject.add('bad.example');
    for (const id of [one, two]) {
      await expect(subject.attend(id)).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    }
    for (const id of [one, two]) {
      await expect(subject.attend(id, 'look')).rejects.toMatchObject({
        code: 'budget/exhausted',
        retryAt: after(START, HOUR_MS),
      });
    }
    expect(await subject.view(one)).toMatchObject({ status: 'failing', failure: { count: 1 } });
    await subject.attend(await subject.add('good.example'));
    subject.clock.advance(HOUR_MS);
    await subject.attend(two);
  });

  it('is forgotten, where failures in a row are counted, by a success', async () => {
    await using subject = await openSubject({
      attempts: [fail, succeed, fail, fail, succeed],
      limits: { consecutiveFailuresPerName: { count: 2, perMs: 20 * DAY_MS } },
    });
    const id = await subject.add('bad.example');
    const failed = { code: 'acme/challenge-failed' };
    await expect(subject.attend(id)).rejects.toMatchObject(failed);
    await subject.attend(id, 'look');
    subject.clock.advance(1);
    for (let times = 0; times < 2; times += 1) {
      await expect(subject.attend(id, 'replace')).rejects.toMatchObject(failed);
    }
    await expect(subject.attend(id, 'replace')).rejects.toMatchObject({ code: 'budget/exhausted' });
  });
});

describe('a second order for the next challenge type', () => {
  const NAMES = ['a.example.com', 'b.example.com'] as const;
  const startOver: Attempt = async (request, sign, signal) => {
    const { journal, beforeOrder } = request;
    await journal.save({ url: `${DIRECTORY}/order/1` });
    await journal.startOver([{ name: parseName(NAMES[0]), type: 'http-01' }]);
    await beforeOrder?.({ caaIdentities: [] }, signal);
    await journal.save({ url: `${DIRECTORY}/order/2` });
    return sign();
  };

  it('is one more order, no more certificates, and counts what failed', async () => {
    const once = { count: 1, perMs: 7 * DAY_MS };
    await using subject = await openSubject({
      attempts: [startOver, succeed],
      limits: {
        newOrdersPerAccount: { count: 2, perMs: DAY_MS },
        certificatesPerNameSet: once,
        failedValidationsPerName: { count: 2, perMs: 2 * DAY_MS },
      },
    });
    await subject.attend(await subject.add(...NAMES));
    const exhausted = await subject.add('c.example.com');
    await expect(subject.attend(exhausted)).rejects.toMatchObject({
      context: { scope: `account ${DIRECTORY}` },
      retryAt: after(START, DAY_MS / 2),
    });
  });

  it('is not made when the name has failed too often', async () => {
    await using subject = await openSubject({
      attempts: [startOver, succeed],
      limits: { failedValidationsPerName: { count: 1, perMs: HOUR_MS } },
    });
    const id = await subject.add(...NAMES);
    await expect(subject.attend(id)).rejects.toMatchObject({
      code: 'budget/exhausted',
      context: { scope: `failures ${DIRECTORY} ${NAMES[0]}` },
      retryAt: after(START, HOUR_MS),
    });
    subject.clock.advance(HOUR_MS);
    await subject.attend(id);
  });
});

describe('a CA that wants to be left alone', () => {
  it.each([
    [429, 'too many new orders from this account', ['none', 'look', 'replace']],
    [503, 'overloaded', ['none', 'look', 'replace']],
  ] as const)('by %i is, to the second, and by everyone', async (status, detail, wishes) => {
    const retryAt = after(START, 10 * MINUTE_MS + SECOND_MS);
    await using subject = await openSubject({
      attempts: [refused(status, detail, retryAt), succeed],
    });
    const [first, second] = [await subject.add('a.example'), await subject.add('b.example')];
    await expect(subject.attend(first)).rejects.toMatchObject({ code: 'acme/rate-limited' });
    expect(await subject.view(first)).toMatchObject({
      failure: { count: 1, retryAt: retryAt.toISOString() },
      waiting: { until: retryAt.toISOString() },
    });
    subject.clock.advance(10 * MINUTE_MS + SECOND_MS - 1);
    for (const wish of wishes) {
      await expect(subject.attend(second, wish)).rejects.toMatchObject({
        code: 'budget/exhausted',
        retryAt,
      });
    }
    expect(subject.issuer.requests).toHaveLength(1);
    subject.clock.advance(1);
    await subject.attend(first);
    await subject.attend(second);
  });

  it('holds back unfinished orders for the sake of the CA, but not for that of a limit', async () => {
    const until = after(START, HOUR_MS);
    await using subject = await openSubject({
      attempts: [ordered(new AppError('acme/timeout', 'no answer')), succeed],
    });
    const id = await subject.add('a.example');
    await expect(subject.attend(id)).rejects.toMatchObject({ code: 'acme/timeout' });
    const { budgets } = subject.context.store;
    await budgets.pause({ scope: `directory ${DIRECTORY}`, until, reason: '503' }, START);
    await expect(subject.attend(id, 'look')).rejects.toMatchObject({ code: 'budget/exhausted' });
    await budgets.pause(
      { scope: `account ${DIRECTORY}`, until: after(until, HOUR_MS), reason: '429' },
      START,
    );
    subject.clock.advance(HOUR_MS);
    await subject.attend(id);
  });
});

describe('a name that the CA has paused', () => {
  const detail =
    'Your account is temporarily prevented from requesting certificates for ' +
    `bad.example and possibly others. Please visit: ${UNPAUSE}`;

  it('is left alone until a person tries again, who is told where to go', async () => {
    await using subject = await openSubject({
      attempts: [refused(429, detail), refused(429, detail), succeed],
    });
    const one = await subject.add('bad.example');
    const two = await subject.add('bad.example', 'other.example');
    const paused = { code: 'budget/paused', mend: expect.stringContaining(UNPAUSE) };
    await expect(subject.attend(one)).rejects.toMatchObject(paused);
    expect(await subject.view(one)).toMatchObject({
      status: 'failing',
      waiting: { scope: `name ${DIRECTORY} bad.example`, url: UNPAUSE },
    });
    expect((await subject.view(one)).waiting).not.toHaveProperty('until');

    subject.clock.advance(60 * DAY_MS);
    for (const id of [one, two]) await expect(subject.attend(id)).rejects.toMatchObject(paused);
    await subject.attend(await subject.add('good.example')).catch(() => undefined);
    expect(subject.issuer.requests.map(({ names }) => names[0])).toEqual([
      'bad.example',
      'good.example',
    ]);

    await subject.attend(one, 'look');
    await subject.attend(two);
    expect(await subject.view(two)).not.toHaveProperty('waiting');
  });
});
