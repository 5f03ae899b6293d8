import { expect, describe, it } from 'vitest';
import {
  type TestLifecycle,
  defaultsFor,
  openLifecycle,
  specFor,
} from '../../test/support/lifecycle.ts';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { type KeyType, keyAlgorithmOf } from '../core/certificate-spec.ts';
import { systemClock } from '../core/clock.ts';
import { pairOf } from '../core/paired.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { parseName } from '../core/names.ts';
import { diagnose } from './diagnose.ts';
import { createLookup } from './feed-source.ts';
import { type IssueRequest, issueCertificate, newCertificate } from './issue.ts';
import { listCertificates, showCertificate } from './list.ts';
import { oneOfPairAtOnce } from './pair.ts';
import { renewCertificates } from './renew.ts';
import { removeCertificate, revokeCertificate } from './revoke.ts';
import { exportCertificate, importCertificate } from './transfer.ts';

const NAME = 'app.example.com';
const BOTH: readonly KeyType[] = ['rsa2048', 'ec256'];
const never = new AbortController().signal;
const report = () => undefined;

async function issue(
  { context }: TestLifecycle,
  keyTypes?: readonly KeyType[],
  request: Partial<IssueRequest> = {},
) {
  const wanted = keyTypes === undefined ? {} : { keyTypes };
  const whole = { names: [NAME], wanted, isForced: false, isDryRun: false, ...request };
  return pairOf(await issueCertificate(context, defaultsFor(), whole, report, never));
}

/** Key type, source and serial of each certificate, in the order of the key types. */
async function listed({ context }: TestLifecycle) {
  const views = await listCertificates(context);
  return views
    .map(({ keyType, source, current }) => [keyType, source, current?.serial])
    .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1));
}

async function sources(test: TestLifecycle) {
  return (await listed(test)).map(([keyType, source]) => `${keyType} ${source}`);
}

async function openPair() {
  const test = await openLifecycle();
  const issued = await issue(test, BOTH);
  test.clock.advance(1);
  return { test, issued, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

describe('a pair', () => {
  it('is two certificates, issued once and served both', async () => {
    await using pair = await openPair();
    const { test, issued } = pair;
    expect(issued).toMatchObject([
      { outcome: 'issued', certificate: { keyType: 'ec256', status: 'valid' } },
      { outcome: 'issued', certificate: { keyType: 'rsa2048', status: 'valid' } },
    ]);
    expect(await issue(test)).toMatchObject([{ outcome: 'unchanged' }, { outcome: 'unchanged' }]);
    expect(await issue(test, BOTH)).toMatchObject([
      { outcome: 'unchanged', certificate: { keyType: 'ec256' } },
      { outcome: 'unchanged', certificate: { keyType: 'rsa2048' } },
    ]);

    const { store, keys } = test.context;
    const terminate = { ...TLS_PRESETS.intermediate, alpn: [] };
    const endpoint = { host: parseName(NAME), protocol: 'tls', upstreams: [], terminate } as const;
    const lookup = createLookup({ store, keys, endpoints: [endpoint] });
    const entry = await lookup(parseName(NAME));
    const served = entry?.credentials.map(({ keyAlgorithm }) => keyAlgorithm);
    expect(served?.toSorted()).toEqual(['ec', 'rsa']);
  });

  it('comes from a single certificate, whose other settings the second one gets', async () => {
    await using test = await openLifecycle();
    await issue(test, ['ec256'], {
      wanted: { profile: undefined, challenges: ['dns-01'] } as never,
    });
    const [first] = await listed(test);
    test.clock.advance(1);
    expect(await issue(test, BOTH)).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'issued', certificate: { challenges: ['dns-01'], keyType: 'rsa2048' } },
    ]);
    expect((await listed(test))[0]).toEqual(first);
  });

  it('changes one key type without the other certificate', async () => {
    await using pair = await openPair();
    const [ec] = await listed(pair.test);
    expect(await issue(pair.test, ['rsa3072'])).toMatchObject([
      { outcome: 'issued', reason: 'key-type-changed', certificate: { keyType: 'rsa3072' } },
    ]);
    expect(await listed(pair.test)).toEqual([ec, ['rsa3072', 'added', expect.any(String)]]);
  });

  it('is renewed as a whole by its name, or one of it by its kind of key', async () => {
    await using pair = await openPair();
    const { test } = pair;
    const [ec, rsa] = await listed(test);
    const one = { names: [NAME], keyAlgorithm: 'rsa' } as const;
    expect(await renewCertificates(test.context, one, report, never)).toMatchObject([
      { outcome: 'issued', keyType: 'rsa2048' },
    ]);
    const [ecAfter, rsaAfter] = await listed(test);
    expect(ecAfter).toEqual(ec);
    expect(rsaAfter).not.toEqual(rsa);

    // Waiting for a lease must take time: on the other clock it would expire at once.
    test.clock.advance(Date.now() - test.clock.now().getTime());
    const steps: string[] = [];
    const both = await renewCertificates(
      { ...test.context, clock: systemClock },
      { names: [NAME] },
      ({ message }) => steps.push(message),
      never,
    );
    expect(both.map(({ keyType, outcome }) => [keyType, outcome])).toEqual([
      ['ec256', 'issued'],
      ['rsa2048', 'issued'],
    ]);
    expect(steps.join('\n')).toMatch(/app.example.com \(rsa2048\): issuing/);
  });

  it('is shown and removed as a whole; export and revoke want one', async () => {
    await using pair = await openPair();
    const { context } = pair.test;
    const shown = await showCertificate(context, { name: NAME });
    expect(pairOf(shown).map(({ keyType }) => keyType)).toEqual(['ec256', 'rsa2048']);
    const which = { code: 'certificate/conflict', mend: expect.stringContaining('--key-type') };
    const unclear = { name: NAME, withKey: true, reason: 'superseded' } as const;
    await expect(exportCertificate(context, unclear)).rejects.toMatchObject(which);
    await expect(revokeCertificate(context, unclear, report, never)).rejects.toMatchObject(which);

    const rsa = { name: NAME, keyAlgorithm: 'rsa' } as const;
    const { privateKeyPem } = await exportCertificate(context, { ...rsa, withKey: true });
    expect(privateKeyPem).toContain('PRIVATE KEY');
    await revokeCertificate(context, { ...rsa, reason: 'superseded' }, report, never);
    const views = pairOf(await showCertificate(context, { name: NAME }));
    expect(views.map(({ status }) => status)).toEqual(['valid', 'revoked']);

    expect(pairOf(await removeCertificate(context, rsa))).toMatchObject([{ keyType: 'rsa2048' }]);
    await expect(showCertificate(context, rsa)).rejects.toMatchObject({
      code: 'certificate/not-found',
      message: expect.stringContaining('no RSA key'),
    });
    await exportCertificate(context, { name: NAME, withKey: false });
    await issue(pair.test, BOTH);
    expect(pairOf(await removeCertificate(context, { name: NAME }))).toHaveLength(2);
    expect(await listed(pair.test)).toEqual([]);
  });

  it('gets its second half by an import, which is not renewed', async () => {
    await using test = await openLifecycle();
    test.clock.advance(Date.now() - test.clock.now().getTime());
    await issue(test);
    const credential = await createOpensslCredential([NAME], { keyAlgorithm: 'rsa' });
    await importCertificate(test.context, credential);
    await expect(importCertificate(test.context, credential)).rejects.toMatchObject({
      code: 'certificate/conflict',
    });
    expect(await sources(test)).toEqual(['ec256 added', 'rsa2048 imported']);
    expect(await issue(test)).toMatchObject([{ certificate: { keyType: 'ec256' } }]);
    expect(await listed(test)).toHaveLength(2);
  });

  it('is not made of an import: a certificate with another kind of key comes beside it', async () => {
    await using test = await openLifecycle();
    test.clock.advance(Date.now() - test.clock.now().getTime());
    const credential = await createOpensslCredential([NAME], { keyAlgorithm: 'rsa' });
    await importCertificate(test.context, credential);
    await issue(test);
    expect(await sources(test)).toEqual(['ec256 added', 'rsa2048 imported']);
  });

  it.each([
    ['two EC key types', ['ec256', 'ec384'], 'usage/invalid'],
    ['a third one', ['ec256', 'rsa2048', 'rsa3072'], 'usage/invalid'],
  ] as const)('is not made of %s', async (_title, keyTypes, code) => {
    await using test = await openLifecycle();
    await expect(issue(test, keyTypes)).rejects.toMatchObject({ code });
    expect(await listed(test)).toEqual([]);
  });

  it('is not made by hand of what the configuration has', async () => {
    await using test = await openLifecycle();
    const configured = newCertificate(test.clock.now(), specFor([NAME]), 'file');
    await test.context.store.certificates.insert(configured);
    await expect(issue(test, BOTH)).rejects.toMatchObject({ code: 'certificate/conflict' });
    expect(await listed(test)).toHaveLength(1);
  });

  it('is managed as a whole although its first order fails', async () => {
    await using test = await openLifecycle();
    const { issuers } = test.context;
    const failing = {
      ...test.context,
      issuers: {
        find: async (name: string) => ({
          ...(await issuers.find(name)),
          obtain: () => Promise.reject(new TypeError('broken')),
        }),
      },
    };
    await expect(issue({ ...test, context: failing }, BOTH)).rejects.toThrow('broken');
    expect(await sources(test)).toEqual(['ec256 added', 'rsa2048 added']);
  });

  it('says what it would be without writing', async () => {
    await using test = await openLifecycle();
    expect(await issue(test, BOTH, { isDryRun: true })).toMatchObject([
      { outcome: 'planned', certificate: { keyType: 'ec256' } },
      { outcome: 'planned', certificate: { keyType: 'rsa2048' } },
    ]);
    expect(await listed(test)).toEqual([]);
  });

  it('is examined as a whole', async () => {
    await using pair = await openPair();
    const context = { ...pair.test.context, probe: async () => [] };
    const certificates = BOTH.map((keyType) => specFor([NAME], { keyType }));
    const configured = { certificates, defaults: defaultsFor() };
    for (const names of [[], [NAME]]) {
      const findings = await diagnose(context, configured, names, never);
      expect(findings.filter(({ verdict }) => verdict === 'failure')).toEqual([]);
    }
  });
});

describe('oneOfPairAtOnce', () => {
  it('lets the second wait for the first, and leaves single certificates alone', async () => {
    await using test = await openLifecycle();
    const context = { ...test.context, clock: systemClock };
    const records = BOTH.map((keyType) =>
      newCertificate(systemClock.now(), specFor([NAME], { keyType }), 'added'),
    );
    const single = newCertificate(systemClock.now(), specFor(['one.example.com']), 'added');
    for (const record of [...records, single]) await context.store.certificates.insert(record);
    const events: string[] = [];
    const blocked = Promise.withResolvers<void>();
    const [rsa, ec] = records;
    if (rsa === undefined || ec === undefined) throw new Error('no pair');
    const first = oneOfPairAtOnce(context, rsa, report, never, async () => {
      events.push('first begins');
      await blocked.promise;
      events.push('first ends');
    });
    await expect.poll(() => events).toEqual(['first begins']);
    const waits = ({ message }: { message: string }) => {
      events.push(message);
      blocked.resolve();
    };
    await oneOfPairAtOnce(context, ec, waits, never, async () => void events.push('second'));
    await first;
    expect(events).toEqual([
      'first begins',
      'the other certificate of the pair is being issued',
      'first ends',
      'second',
    ]);
    await oneOfPairAtOnce(context, single, report, never, async () => void events.push('single'));
    expect(keyAlgorithmOf(ec.spec.keyType)).toBe('ec');
  });
});
