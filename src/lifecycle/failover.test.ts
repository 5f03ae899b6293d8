import { describe, expect, it } from 'vitest';
import { type TestLifecycle, openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import {
  type Attempt,
  type ScriptedIssuer,
  type Scripts,
  LIFETIME_MS,
  createScriptedIssuer,
} from '../../test/support/scripted-issuer.ts';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import type { CertificateSpec, ChallengeType } from '../core/certificate-spec.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../core/clock.ts';
import { AppError, ERRORS, type ErrorCode } from '../core/errors.ts';
import type { Progress } from '../observe/progress.ts';
import { type Attended, type AttendOptions, attend } from './attend.ts';
import { failureOfAll, isFaultOfIssuer } from './failover.ts';
import { newCertificate } from './issue.ts';

const START = createSteppingClock().now();
const succeed: Attempt = (_request, sign) => sign();
const fail =
  (code: ErrorCode, { url, retryAt }: { url?: string; retryAt?: Date } = {}): Attempt =>
  async ({ journal }) => {
    if (url !== undefined) await journal.save({ url });
    throw new AppError(code, `it is ${code}`, { retryAt });
  };
interface Subject extends TestLifecycle {
  readonly a: ScriptedIssuer;
  readonly b: ScriptedIssuer;
  readonly progress: readonly Progress[];
  attend(options?: Partial<AttendOptions>, signal?: AbortSignal): Promise<Attended>;
  orders(): Promise<unknown[]>;
}

/** One certificate, wanted from `a`, and from `b` where `a` cannot. */
async function openSubject(
  a: Omit<Scripts, 'now'>,
  b: Omit<Scripts, 'now'> = { attempts: [succeed] },
  wanted: Partial<CertificateSpec> = {},
): Promise<Subject> {
  let now = (): Date => START;
  const current = (): Date => now();
  const issuers = [
    await createScriptedIssuer('a', { ...a, now: current }),
    await createScriptedIssuer('b', { ...b, now: current }),
  ] as const;
  const lifecycle = await openLifecycle(issuers);
  const { context, clock } = lifecycle;
  now = () => clock.now();
  const spec = specFor(['app.example.com'], { issuers: ['a', 'b'], ...wanted });
  const { id } = newCertificate(clock.now(), spec, 'added');
  await context.store.certificates.insert({ ...newCertificate(clock.now(), spec, 'added'), id });
  const progress: Progress[] = [];
  return {
    ...lifecycle,
    a: issuers[0],
    b: issuers[1],
    progress,
    attend: (options = {}, signal = new AbortController().signal) =>
      attend(
        context,
        id,
        { wish: 'look', patience: 'none', report: (step) => progress.push(step), ...options },
        signal,
      ),
    orders: async () => {
      const unfinished = await context.store.orders.unfinishedOf(id);
      return unfinished === undefined ? [] : [unfinished.issuer, unfinished.url];
    },
  };
}

describe('issuers in a list', () => {
  it.each<ErrorCode>([
    'acme/unreachable',
    'acme/timeout',
    'acme/server-error',
    'acme/rate-limited',
    'acme/unauthorized',
    'acme/name-refused',
    'preflight/caa',
    'budget/exhausted',
    'budget/paused',
  ])('are tried in turn within one attempt after %s', async (code) => {
    await using subject = await openSubject({
      attempts: [fail(code, { url: 'https://ca.example/order/1' })],
    });
    const { issuance, certificate } = await subject.attend();
    expect(issuance?.issuer).toBe('b');
    expect(certificate.failure).toBeUndefined();
    expect(await subject.orders()).toEqual([]);
    expect(subject.progress).toContainEqual({
      step: 'warning',
      message: `it is ${code}; trying b instead`,
    });
  });

  it.each<ErrorCode>([
    'acme/challenge-failed',
    'acme/challenge-unavailable',
    'acme/rejected',
    'challenge/not-ready',
    'name/invalid',
    'store/unwritable',
    'internal/unexpected',
  ])('are not asked about what fails everywhere: %s', async (code) => {
    await using subject = await openSubject({ attempts: [fail(code)] });
    await expect(subject.attend()).rejects.toMatchObject({ code });
    expect(subject.b.requests).toEqual([]);
  });

  it('get the certificate back to the preferred one at the next renewal, not before', async () => {
    await using subject = await openSubject({ attempts: [fail('acme/unreachable'), succeed] });
    const first = await subject.attend();
    expect(first.issuance?.issuer).toBe('b');
    const second = await subject.attend({ wish: 'none' });
    expect(second.decision).toMatchObject({ action: 'wait', reason: 'valid' });

    subject.clock.advance(0.7 * LIFETIME_MS);
    const renewed = await subject.attend({ wish: 'none' });
    expect(renewed.decision).toMatchObject({ action: 'issue', reason: 'lifetime' });
    expect(renewed.issuance?.issuer).toBe('a');
    // RFC 9773 §5: another issuer's certificate is not the predecessor of this one.
    expect(subject.a.requests[1]).not.toHaveProperty('replaces');
  });

  it('fail with all their reasons, and begin with the preferred one again', async () => {
    const [soon, late] = [after(START, HOUR_MS), after(START, DAY_MS)];
    await using subject = await openSubject(
      { attempts: [fail('acme/rate-limited', { retryAt: late }), succeed] },
      { attempts: [fail('acme/rate-limited', { retryAt: soon })] },
    );
    await expect(subject.attend()).rejects.toMatchObject({
      code: 'acme/rate-limited',
      message: 'no issuer could be used: a: it is acme/rate-limited; b: it is acme/rate-limited',
      retryAt: soon,
    });
    expect(await subject.orders()).toEqual([]);
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.b.requests).toHaveLength(1);
  });

  it('go on with the order that the last one has made', async () => {
    const url = 'https://b.example/order/1';
    await using subject = await openSubject(
      { attempts: [fail('acme/unreachable')] },
      { attempts: [fail('acme/server-error', { url }), succeed] },
    );
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/unreachable' });
    expect(await subject.orders()).toEqual(['b', url]);
    expect((await subject.attend()).issuance?.issuer).toBe('b');
    expect(subject.b.requests[1]?.journal.entry.url).toBe(url);
    expect(subject.a.requests).toHaveLength(1);
  });

  it('are not left for another one while a certificate only has to be fetched', async () => {
    const signed: Attempt = async ({ journal }) => {
      await journal.save({ url: 'https://a/1', certificateUrl: 'https://a/1/certificate' });
      throw new AppError('acme/unreachable', 'cut');
    };
    await using subject = await openSubject({ attempts: [signed, succeed] });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/unreachable' });
    expect(await subject.orders()).toEqual(['a', 'https://a/1']);
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.b.requests).toEqual([]);
  });

  it('are not changed by an abort', async () => {
    const stopping = new AbortController();
    const stop: Attempt = async ({ journal }) => {
      await journal.save({ url: 'https://a/1' });
      stopping.abort();
      throw stopping.signal.reason;
    };
    await using subject = await openSubject({ attempts: [stop, succeed] });
    await expect(subject.attend({}, stopping.signal)).rejects.toThrow('aborted');
    expect(await subject.orders()).toEqual(['a', 'https://a/1']);
    expect(subject.b.requests).toEqual([]);
  });

  it('decide about a new attempt by what passes', () => {
    const lasting = new AppError('acme/unauthorized', 'no');
    const passing = new AppError('acme/unreachable', 'down');
    const failures = [
      { issuer: 'a', error: lasting },
      { issuer: 'b', error: passing },
    ] as const;
    expect(failureOfAll(failures)).toMatchObject({ code: 'acme/unreachable' });
    expect(failureOfAll([failures[0]])).toBe(lasting);
  });

  it('have no fault in anything that is not about a CA', () => {
    const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) =>
      isFaultOfIssuer(new AppError(code, 'x')),
    );
    expect(codes.filter((code) => !/^acme\/|^budget\/|^preflight\/caa$/.test(code))).toEqual([]);
  });
});

describe('an issuer with a staging directory', () => {
  it('is asked for nothing else at first', async () => {
    await using subject = await openSubject({ attempts: [succeed], rehearsals: [succeed] });
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.a.rehearsed).toEqual([]);
  });

  it('gets no order after a failed one until a rehearsal succeeds, and stores none of those', async () => {
    await using subject = await openSubject({
      attempts: [fail('acme/challenge-failed'), succeed],
      rehearsals: [fail('acme/challenge-failed'), succeed],
    });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    expect(subject.a.requests).toHaveLength(1);
    const { issuance, certificate } = await subject.attend();
    expect(subject.a.rehearsed).toHaveLength(2);
    expect(subject.a.requests).toHaveLength(2);
    expect(subject.a.rehearsed[1]?.csr).not.toEqual(subject.a.requests[1]?.csr);
    const stored = await subject.context.store.issuances.ofCertificate(certificate.id);
    expect(stored.map(({ id }) => id)).toEqual([issuance?.id]);
    expect(await subject.orders()).toEqual([]);
  });

  it('is not rehearsed at after a failure that cost no order', async () => {
    await using subject = await openSubject(
      { attempts: [fail('acme/unreachable'), succeed], rehearsals: [succeed] },
      { attempts: [fail('acme/unreachable')] },
    );
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/unreachable' });
    await subject.attend();
    expect(subject.a.rehearsed).toEqual([]);
  });

  it('goes without rehearsal when staging itself is down', async () => {
    await using subject = await openSubject({
      attempts: [fail('acme/challenge-failed'), succeed],
      rehearsals: [fail('acme/unreachable')],
    });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.progress).toContainEqual({
      step: 'warning',
      message: 'staging cannot be used: it is acme/unreachable',
    });
  });

  it('goes without rehearsal when the limits of staging are reached', async () => {
    const directoryUrl = 'https://staging.example/directory';
    await using subject = await openSubject({
      attempts: [fail('acme/challenge-failed'), succeed],
      rehearsals: [fail('acme/challenge-failed', { url: 'https://staging.example/order/1' })],
      countedRehearsal: {
        directoryUrl,
        limits: { newOrdersPerAccount: { count: 1, perMs: DAY_MS } },
      },
    });
    const code = 'acme/challenge-failed';
    await expect(subject.attend()).rejects.toMatchObject({ code });
    await expect(subject.attend()).rejects.toMatchObject({ code });
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.a.rehearsed).toHaveLength(1);
  });

  it.each<[string, ChallengeType[], (readonly ChallengeType[])[]]>([
    ['is not used for what names the account at the other', ['dns-persist-01'], []],
    ['sees what is left beside that', ['dns-persist-01', 'http-01'], [['http-01']]],
  ])('%s', async (_, challenges, rehearsed) => {
    const attempts = [fail('acme/challenge-failed'), succeed] as const;
    const a = { attempts, rehearsals: [succeed] };
    await using subject = await openSubject(a, { attempts: [succeed] }, { challenges });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.a.rehearsed.map((request) => request.challenges)).toEqual(rehearsed);
  });

  it('goes on with an interrupted rehearsal', async () => {
    const stopping = new AbortController();
    const stop: Attempt = async ({ journal }) => {
      await journal.save({ url: 'https://staging.example/order/1' });
      stopping.abort();
      throw stopping.signal.reason;
    };
    await using subject = await openSubject({
      attempts: [fail('acme/challenge-failed'), succeed],
      rehearsals: [stop, succeed],
    });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/challenge-failed' });
    await expect(subject.attend({}, stopping.signal)).rejects.toThrow('aborted');
    expect(await subject.orders()).toEqual(['a', 'https://staging.example/order/1']);
    expect((await subject.attend()).issuance?.issuer).toBe('a');
    expect(subject.a.rehearsed[1]?.journal.entry.url).toBe('https://staging.example/order/1');
    expect(subject.a.rehearsed).toHaveLength(2);
    expect(subject.a.requests).toHaveLength(2);
  });

  it('backs off as after any failure', async () => {
    await using subject = await openSubject({
      attempts: [fail('acme/challenge-failed')],
      rehearsals: [fail('acme/challenge-failed')],
    });
    const code = 'acme/challenge-failed';
    await expect(subject.attend()).rejects.toMatchObject({ code });
    await expect(subject.attend()).rejects.toMatchObject({ code });
    const waiting = await subject.attend({ wish: 'none' });
    expect(waiting.decision).toMatchObject({ reason: 'backing-off' });
    expect(waiting.certificate.failure?.count).toBe(2);
    expect(waiting.certificate.nextActionAt?.getTime()).toBeGreaterThan(
      after(subject.clock.now(), 9 * MINUTE_MS).getTime(),
    );
  });
});
