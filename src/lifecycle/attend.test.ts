import { describe, expect, it } from 'vitest';
import { type TestLifecycle, openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import { verifyChain } from '../../test/support/openssl.ts';
import {
  type Attempt,
  type ScriptedIssuer,
  type Scripts,
  LIFETIME_MS,
  createScriptedIssuer,
} from '../../test/support/scripted-issuer.ts';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../core/clock.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { createCsr } from '../pki/csr.ts';
import { parseName } from '../core/names.ts';
import { checkChain } from '../pki/check-chain.ts';
import { generatePrivateKey } from '../pki/keys.ts';
import type { CertificateRecord } from '../store/records.ts';
import { type Attended, type AttendOptions, attend } from './attend.ts';
import { changeCertificate } from './change-certificate.ts';
import { newCertificate } from './issue.ts';

const NAME = 'app.example.com';
const URL = 'https://ca.example/order/1';
const START = createSteppingClock().now();
const succeed: Attempt = (_request, sign) => sign();
const failWith =
  (code: ErrorCode, retryAt?: Date): Attempt =>
  async ({ journal }) => {
    await journal.save({ url: URL });
    throw new AppError(code, 'attempt', { mend: 'Mend it.', retryAt });
  };

interface Subject extends TestLifecycle {
  readonly issuer: ScriptedIssuer;
  readonly id: string;
  record(): Promise<CertificateRecord>;
  attend(options?: Partial<AttendOptions>, signal?: AbortSignal): Promise<Attended>;
}

/** One certificate, wanted from an issuer that acts as `attempts` say. */
async function openSubject(
  attempts: Scripts['attempts'],
  more: Partial<Scripts> & { readonly spec?: Partial<CertificateSpec> } = {},
): Promise<Subject> {
  const { spec, ...scripts } = more;
  let now = (): Date => START;
  const issuer = await createScriptedIssuer('ca', { attempts, now: () => now(), ...scripts });
  const lifecycle = await openLifecycle([issuer]);
  const { context, clock } = lifecycle;
  now = () => clock.now();
  const wanted = specFor([NAME], { issuers: ['ca'], ...spec });
  const { id } = await addCertificate(lifecycle, wanted);
  return {
    ...lifecycle,
    issuer,
    id,
    record: async () => {
      const record = await context.store.certificates.find(id);
      if (record === undefined) throw new Error('the certificate is gone');
      return record;
    },
    attend: (options = {}, signal = new AbortController().signal) =>
      attend(
        context,
        id,
        { wish: 'none', patience: 'none', report: () => undefined, ...options },
        signal,
      ),
  };
}

async function addCertificate(
  { context }: TestLifecycle,
  spec: CertificateSpec,
): Promise<CertificateRecord> {
  const certificate = newCertificate(context.clock.now(), spec, 'added');
  await context.store.certificates.insert(certificate);
  return certificate;
}

describe('attend', () => {
  it('stores a chain for its key, announces it, and schedules the renewal', async () => {
    await using subject = await openSubject([succeed]);
    const { store, keys } = subject.context;
    const { certificate, issuance, decision } = await subject.attend();

    expect(decision).toMatchObject({ action: 'issue', reason: 'missing' });
    if (issuance === undefined) throw new Error('nothing was issued');
    await verifyChain(issuance.chainPem, subject.issuer.rootPem, START);
    const privateKey = await keys.load(issuance.keySecretId ?? '');
    const now = subject.clock.now();
    expect(checkChain(issuance.chainPem, { names: [parseName(NAME)], privateKey, now })).toEqual(
      expect.objectContaining({ serial: issuance.serial }),
    );
    expect(subject.changes).toEqual([[NAME]]);
    const third = LIFETIME_MS / 3;
    const distance = certificate.nextActionAt?.getTime() ?? 0;
    expect(Math.abs(distance - after(issuance.notAfter, -third).getTime())).toBeLessThan(HOUR_MS);
    expect(await subject.record()).toEqual(certificate);
    expect(await store.orders.unfinishedOf(subject.id)).toBeUndefined();
    expect(await store.leases.find(`certificate/${subject.id}`)).toBeUndefined();
  });

  it('asks the internal issuer like any other', async () => {
    await using subject = await openSubject([succeed], { spec: { issuers: ['internal'] } });
    const { issuance } = await subject.attend();
    const root = await subject.context.store.authorities.find('internal', 'root');
    await verifyChain(issuance?.chainPem ?? '', root?.certificatePem ?? '', START);
  });

  it('does nothing while nothing is due, and replaces when somebody wishes it', async () => {
    await using subject = await openSubject([succeed]);
    const first = await subject.attend();
    const again = await subject.attend({ wish: 'look' });
    expect(again.decision).toMatchObject({ action: 'wait', reason: 'valid' });
    expect(again.issuance?.id).toBe(first.issuance?.id);
    subject.clock.advance(1);

    const forced = await subject.attend({ wish: 'replace' });
    expect(forced.decision).toMatchObject({ action: 'issue', reason: 'forced' });
    expect(forced.issuance?.keySecretId).not.toBe(first.issuance?.keySecretId);
    expect(subject.issuer.requests[1]?.replaces).toBe(first.issuance?.ariId);
  });

  it('draws the renewal from the window of the CA, and keeps it through an outage', async () => {
    const window = { start: after(START, 50 * DAY_MS), end: after(START, 52 * DAY_MS) };
    const checkAt = after(START, HOUR_MS);
    let isDown = false;
    await using subject = await openSubject([succeed], {
      renewalInfo: async () => {
        if (isDown) throw new AppError('acme/unreachable', 'no route');
        return { available: true, window, checkAt };
      },
    });
    const { certificate } = await subject.attend();
    const renewAt = after(START, 51 * DAY_MS);
    expect(certificate).toMatchObject({ renewal: { renewAt, checkAt }, nextActionAt: checkAt });

    isDown = true;
    subject.clock.advance(2 * HOUR_MS);
    const later = await subject.attend();
    expect(later.certificate.renewal).toMatchObject({ renewAt });
    expect(later.certificate.failure).toBeUndefined();
    expect(later.certificate.nextActionAt?.getTime()).toBeGreaterThan(
      subject.clock.now().getTime(),
    );
  });

  it('refuses at once, or waits, while another process holds the certificate', async () => {
    await using subject = await openSubject([succeed]);
    const { leases } = subject.context.store;
    await leases.claim(`certificate/${subject.id}`, 'host/1/1', MINUTE_MS, subject.clock.now());

    await expect(subject.attend()).rejects.toMatchObject({ code: 'lease/held' });
    expect(await subject.record()).not.toHaveProperty('failure');
    const reported: string[] = [];
    const report = ({ step }: { step: string }) => void reported.push(step);
    const { decision } = await subject.attend({ patience: 'wait', report });
    expect(decision.action).toBe('issue');
    expect(reported.filter((step) => step === 'waiting')).toHaveLength(1);
  });

  it('fails for a certificate that has been removed', async () => {
    await using subject = await openSubject([succeed]);
    await subject.context.store.certificates.remove(subject.id);
    await expect(subject.attend()).rejects.toMatchObject({ code: 'certificate/not-found' });
  });
});

describe('attend after a failure', () => {
  it.each([
    ['acme/unreachable', true],
    ['acme/timeout', true],
    ['acme/server-error', true],
    ['acme/bad-response', true],
    ['acme/untrusted', true],
    ['acme/rate-limited', true],
    ['challenge/not-ready', true],
    ['dns/unavailable', true],
    ['listener/in-use', true],
    ['acme/challenge-failed', false],
    ['acme/order-failed', false],
    ['acme/rejected', false],
    ['acme/unauthorized', false],
    ['name/wildcard-needs-dns', false],
  ] as const)('by %s records it; the order goes on: %s', async (code, goesOn) => {
    await using subject = await openSubject([failWith(code), succeed]);
    const { store } = subject.context;
    await expect(subject.attend()).rejects.toMatchObject({ code });
    const failed = await subject.record();
    expect(failed).toMatchObject({
      failure: { count: 1, lastError: { code, mend: 'Mend it.' }, retryAt: failed.nextActionAt },
    });
    expect(failed).not.toHaveProperty('issuanceId');

    const order = await store.orders.unfinishedOf(subject.id);
    expect(order?.url).toBe(goesOn ? URL : undefined);
    expect((await subject.attend()).decision).toMatchObject({ reason: 'backing-off' });
    expect(subject.issuer.requests).toHaveLength(1);

    const { issuance } = await subject.attend({ wish: 'look' });
    expect(subject.issuer.requests[1]?.journal.entry.url).toBe(goesOn ? URL : undefined);
    expect(issuance?.keySecretId === order?.keySecretId).toBe(goesOn);
    expect(await subject.record()).not.toHaveProperty('failure');
  });

  it('waits longer each time, and as long as the CA says', async () => {
    const retryAt = after(START, 30 * DAY_MS);
    await using subject = await openSubject([
      failWith('acme/unreachable'),
      failWith('acme/unreachable'),
      failWith('acme/rate-limited', retryAt),
    ]);
    const delays: number[] = [];
    const first = subject.clock.now();
    for (let count = 1; count <= 3; count += 1) {
      await expect(subject.attend()).rejects.toThrow('attempt');
      const { failure } = await subject.record();
      expect(failure?.count).toBe(count);
      expect(failure?.since ?? failure?.lastErrorAt).toEqual(first);
      delays.push((failure?.retryAt.getTime() ?? 0) - subject.clock.now().getTime());
      subject.clock.advance(delays.at(-1) ?? 0);
    }
    // A tenth of jitter, drawn as one half.
    expect(delays.slice(0, 2)).toEqual([1.05 * MINUTE_MS, 10.5 * MINUTE_MS]);
    expect(subject.clock.now()).toEqual(retryAt);
  });

  it('forgets a failed replacement once the old certificate is found to be enough', async () => {
    await using subject = await openSubject([succeed, failWith('acme/rejected')]);
    await subject.attend();
    subject.clock.advance(1);
    await expect(subject.attend({ wish: 'replace' })).rejects.toMatchObject({
      code: 'acme/rejected',
    });
    const { failure, nextActionAt } = await subject.record();
    expect(nextActionAt).toEqual(failure?.retryAt);
    subject.clock.advance(DAY_MS);
    const { certificate, decision } = await subject.attend();
    expect(decision.reason).toBe('valid');
    expect(certificate).not.toHaveProperty('failure');
  });

  it('records nothing when it was aborted, and goes on with the same order', async () => {
    const abort = new AbortController();
    const reason = new Error('stop');
    await using subject = await openSubject([
      async ({ journal }) => {
        await journal.save({ url: URL });
        abort.abort(reason);
        throw reason;
      },
      succeed,
    ]);
    const before = await subject.record();
    await expect(subject.attend({}, abort.signal)).rejects.toBe(reason);
    expect(await subject.record()).toEqual(before);
    const order = await subject.context.store.orders.unfinishedOf(subject.id);
    expect(order?.url).toBe(URL);

    const { issuance } = await subject.attend();
    expect(issuance?.keySecretId).toBe(order?.keySecretId);
  });

  const foreignCsr = async (): Promise<Uint8Array> =>
    createCsr({ names: [parseName(NAME)], privateKey: await generatePrivateKey('ec256') });
  const worse: [string, Attempt][] = [
    ['for another key', async (_request, sign) => sign({ csr: await foreignCsr() })],
    ['for other names', (_request, sign) => sign({ names: [parseName('other.example.com')] })],
    ['that has expired', (_request, sign) => sign({ now: after(START, -2 * LIFETIME_MS) })],
    ['that is no chain', async () => ({ chainPem: '<html></html>' })],
  ];
  it.each(worse)('never stores a chain %s: the old one stays', async (_title, attempt) => {
    await using subject = await openSubject([succeed, attempt]);
    const { issuance } = await subject.attend();
    subject.clock.advance(1);
    const replacing = subject.attend({ wish: 'replace' });
    await expect(replacing).rejects.toMatchObject({ code: 'certificate/rejected' });

    const { store } = subject.context;
    expect(await subject.record()).toMatchObject({ issuanceId: issuance?.id });
    expect(await store.issuances.ofCertificate(subject.id)).toEqual([issuance]);
    expect(await store.orders.unfinishedOf(subject.id)).toBeUndefined();
    expect(subject.changes).toHaveLength(1);
  });
});

describe('attend after the loss of its lease', () => {
  let takeOver: () => Promise<void>;

  it('writes nothing any more: neither chain nor failure nor the step of an order', async () => {
    const attempts: Attempt[] = [
      async (_request, sign) => {
        const chain = await sign();
        await takeOver();
        return chain;
      },
      async ({ journal }, sign) => {
        await takeOver();
        await journal.save({ url: URL });
        return sign();
      },
      async () => {
        await takeOver();
        throw new AppError('acme/rejected', 'no');
      },
    ];
    for (const attempt of attempts) {
      await using subject = await openSubject([attempt]);
      const { leases, orders } = subject.context.store;
      takeOver = async () => {
        subject.clock.advance(HOUR_MS);
        await leases.claim(
          `certificate/${subject.id}`,
          'other/1/1',
          MINUTE_MS,
          subject.clock.now(),
        );
      };
      const before = await subject.record();
      await expect(subject.attend()).rejects.toMatchObject({ code: 'lease/held' });
      expect(await subject.record()).toEqual(before);
      const order = await orders.unfinishedOf(subject.id);
      expect(order).toMatchObject({ certificateId: subject.id });
      expect(order).not.toHaveProperty('url');
      expect(await leases.find(`certificate/${subject.id}`)).toMatchObject({ holder: 'other/1/1' });
    }
  });
});

describe('attend with an interrupted order', () => {
  it('orders once anew when the CA has forgotten it', async () => {
    await using subject = await openSubject([
      failWith('acme/timeout'),
      failWith('acme/order-failed'),
      succeed,
    ]);
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/timeout' });
    const { store } = subject.context;
    const dead = await store.orders.unfinishedOf(subject.id);
    const warnings: string[] = [];
    const { issuance } = await subject.attend({
      wish: 'look',
      report: ({ step, message }) => void (step === 'warning' && warnings.push(message)),
    });
    expect(await store.orders.find(dead?.id ?? '')).toMatchObject({ outcome: 'failed', url: URL });
    expect(issuance?.keySecretId).not.toBe(dead?.keySecretId);
    expect(subject.issuer.requests.map(({ journal }) => journal.entry.url)).toEqual([
      URL,
      URL,
      undefined,
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('leaves it when something else is wanted by now', async () => {
    await using subject = await openSubject([failWith('acme/timeout'), succeed]);
    await expect(subject.attend()).rejects.toMatchObject({ code: 'acme/timeout' });
    const { store } = subject.context;
    const order = await store.orders.unfinishedOf(subject.id);
    await changeCertificate(store, subject.id, (record) => ({
      ...record,
      spec: { ...record.spec, keyType: 'ec384' },
    }));
    const { issuance } = await subject.attend({ wish: 'look' });
    expect(issuance?.keyType).toBe('ec384');
    expect(await store.orders.find(order?.id ?? '')).toMatchObject({ outcome: 'abandoned' });
  });

  it('proves control as it is wanted by now', async () => {
    await using subject = await openSubject([failWith('listener/in-use'), succeed], {
      spec: { http01Port: 80 },
    });
    await expect(subject.attend()).rejects.toMatchObject({ code: 'listener/in-use' });
    await changeCertificate(subject.context.store, subject.id, (record) => ({
      ...record,
      spec: { ...record.spec, http01Port: 8080, challenges: ['tls-alpn-01', 'http-01'] },
    }));
    await subject.attend({ wish: 'look' });
    expect(subject.issuer.requests[1]).toMatchObject({
      http01Port: 8080,
      challenges: ['tls-alpn-01', 'http-01'],
      journal: { entry: { url: URL } },
    });
  });
});
