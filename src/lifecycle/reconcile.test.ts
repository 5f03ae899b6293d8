import { describe, expect, it } from 'vitest';
import {
  type TestLifecycle,
  defaultsFor,
  openLifecycle,
  specFor,
} from '../../test/support/lifecycle.ts';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { parseName } from '../core/names.ts';
import type { CertificateRecord, CertificateSource } from '../store/records.ts';
import { attend } from './attend.ts';
import { newCertificate } from './issue.ts';
import { type Wanted, reconcile } from './reconcile.ts';

const DEFAULTS = defaultsFor();

async function apply({ context }: TestLifecycle, wanted: Partial<Wanted>): Promise<void> {
  await reconcile(context, { certificates: [], hosts: [], defaults: DEFAULTS, ...wanted });
}

/** Names and source of all certificates, in the order of their names. */
async function listing({ context }: TestLifecycle): Promise<string[]> {
  const all = await context.store.certificates.list({ limit: 100 });
  return all
    .map(({ certificate: { spec, source } }) => `${spec.names.join('+')} ${source}`)
    .toSorted();
}

async function find({ context }: TestLifecycle, spec: CertificateSpec): Promise<CertificateRecord> {
  const [record] = await context.store.certificates.withNames(spec.names);
  if (record === undefined) throw new Error(`no certificate for ${spec.names.join()}`);
  return record;
}

async function add(
  { context }: TestLifecycle,
  spec: CertificateSpec,
  source: CertificateSource,
): Promise<string> {
  const certificate = newCertificate(context.clock.now(), spec, source);
  await context.store.certificates.insert(certificate);
  return certificate.id;
}

async function issue({ context }: TestLifecycle, id: string): Promise<void> {
  const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
  await attend(context, id, options, new AbortController().signal);
}

describe('reconcile', () => {
  const one = specFor(['one.example.com']);
  const two = specFor(['two.example.com', 'three.example.com']);

  it('adds what is configured, due at once, and changes nothing the second time', async () => {
    await using test = await openLifecycle();
    await apply(test, { certificates: [one, two] });
    expect(await listing(test)).toEqual([
      'one.example.com file',
      'three.example.com+two.example.com file',
    ]);
    const before = await find(test, one);
    expect(before.nextActionAt).toEqual(test.clock.now());

    test.clock.advance(1_000);
    await apply(test, { certificates: [one, two] });
    expect(await find(test, one)).toEqual(before);
  });

  it('changes what is configured otherwise, which gets a chance at once', async () => {
    await using test = await openLifecycle();
    await apply(test, { certificates: [one] });
    const { store } = test.context;
    const before = await find(test, one);
    const error = { code: 'acme/rejected', message: 'no' } as const;
    const now = test.clock.now();
    const failure = { count: 3, lastError: error, lastErrorAt: now, retryAt: now };
    const { nextActionAt: _never, ...asleep } = before;
    await store.certificates.update({ ...asleep, failure });

    await apply(test, { certificates: [{ ...one, keyType: 'rsa2048' }] });
    const changed = await find(test, one);
    expect(changed).toMatchObject({
      id: before.id,
      spec: { keyType: 'rsa2048' },
      nextActionAt: now,
    });
    expect(changed).not.toHaveProperty('failure');
  });

  it('adds the other half of a pair, and releases it when one is wanted again', async () => {
    await using test = await openLifecycle();
    const rsa: CertificateSpec = { ...one, keyType: 'rsa2048' };
    await apply(test, { certificates: [one] });
    const { id } = await find(test, one);
    await apply(test, { certificates: [one, rsa] });
    await apply(test, { certificates: [one, rsa] });
    const pair = await test.context.store.certificates.withNames(one.names);
    expect(pair).toMatchObject([
      { id, spec: { keyType: 'ec256' }, source: 'file', revision: 1 },
      { spec: { keyType: 'rsa2048' }, source: 'file', nextActionAt: test.clock.now() },
    ]);

    await apply(test, { certificates: [{ ...rsa, keyType: 'rsa4096' }] });
    const [ec, changed] = await test.context.store.certificates.withNames(one.names);
    expect(ec).toMatchObject({ id, source: 'released' });
    expect(changed).toMatchObject({
      id: pair[1]?.id,
      spec: { keyType: 'rsa4096' },
      source: 'file',
    });

    await apply(test, { certificates: [one, rsa] });
    const again = await test.context.store.certificates.withNames(one.names);
    expect(again.map((record) => [record.id, record.source])).toEqual(
      pair.map((record) => [record.id, 'file']),
    );
  });

  it.each(['added', 'endpoint', 'released'] as const)(
    'changes the algorithm of a single certificate that is %s',
    async (source) => {
      await using test = await openLifecycle();
      const id = await add(test, one, source);
      await apply(test, { certificates: [{ ...one, keyType: 'rsa2048' }] });
      expect(await test.context.store.certificates.withNames(one.names)).toMatchObject([
        { id, source: 'file', spec: { keyType: 'rsa2048' } },
      ]);
    },
  );

  it('leaves an imported certificate beside one with the other kind of key', async () => {
    await using test = await openLifecycle();
    const id = await add(test, { ...one, keyType: 'rsa2048' }, 'imported');
    await apply(test, { certificates: [one] });
    expect(await test.context.store.certificates.withNames(one.names)).toMatchObject([
      { source: 'file', spec: { keyType: 'ec256' } },
      { id, source: 'imported' },
    ]);
  });

  it('releases what is no longer named: it stays, and is not renewed', async () => {
    await using test = await openLifecycle();
    await apply(test, { certificates: [one, two], hosts: [parseName('web.example.com')] });
    await issue(test, (await find(test, one)).id);
    const { issuanceId } = await find(test, one);

    await apply(test, { certificates: [two] });
    expect(await listing(test)).toEqual([
      'one.example.com released',
      'three.example.com+two.example.com file',
      'web.example.com released',
    ]);
    const released = await find(test, one);
    expect(released.issuanceId).toBe(issuanceId);
    expect(released).not.toHaveProperty('nextActionAt');
  });

  it('takes back what was released, with the chain that it has', async () => {
    await using test = await openLifecycle();
    await apply(test, { certificates: [one] });
    const { id } = await find(test, one);
    await issue(test, id);
    const { issuanceId } = await find(test, one);
    await apply(test, {});
    await apply(test, { certificates: [one] });
    expect(await find(test, one)).toMatchObject({
      id,
      issuanceId,
      source: 'file',
      nextActionAt: test.clock.now(),
    });
  });

  it('leaves alone what people added and imported', async () => {
    await using test = await openLifecycle();
    await add(test, one, 'added');
    await add(test, two, 'imported');
    await apply(test, {});
    expect(await listing(test)).toEqual([
      'one.example.com added',
      'three.example.com+two.example.com imported',
    ]);
  });

  it('takes over what was added by hand before it was configured', async () => {
    await using test = await openLifecycle();
    const id = await add(test, one, 'added');
    await apply(test, { certificates: [one] });
    expect(await find(test, one)).toMatchObject({ id, source: 'file' });
  });
});

describe('reconcile for the hosts of endpoints', () => {
  const host = parseName('web.example.com');

  it('adds one by the defaults, and keeps it while the host is there', async () => {
    await using test = await openLifecycle();
    await apply(test, { hosts: [host] });
    await apply(test, { hosts: [host] });
    expect(await listing(test)).toEqual(['web.example.com endpoint']);
    expect(await find(test, specFor([host]))).toMatchObject({
      spec: specFor([host]),
    });
  });

  it('adds a pair where the defaults are one', async () => {
    await using test = await openLifecycle();
    await apply(test, { hosts: [host], defaults: defaultsFor('ec256', 'rsa2048') });
    const pair = await test.context.store.certificates.withNames([host]);
    expect(pair.map(({ spec, source }) => [spec.keyType, source])).toEqual([
      ['ec256', 'endpoint'],
      ['rsa2048', 'endpoint'],
    ]);
  });

  it.each([
    ['the same name', ['web.example.com']],
    ['a wildcard', ['*.example.com']],
    ['a certificate of several names', ['example.com', 'web.example.com']],
  ])('adds none beside %s in the configuration', async (_title, names) => {
    await using test = await openLifecycle();
    const spec = specFor(names);
    await apply(test, { certificates: [spec], hosts: [host] });
    expect(await listing(test)).toEqual([`${spec.names.join('+')} file`]);
  });

  it.each(['added', 'imported'] as const)('adds none beside an %s wildcard', async (source) => {
    await using test = await openLifecycle();
    await add(test, specFor(['*.example.com']), source);
    await apply(test, { hosts: [host] });
    expect(await listing(test)).toEqual([`*.example.com ${source}`]);
  });

  it('adds one beside a wildcard that is for another level', async () => {
    await using test = await openLifecycle();
    const deeper = parseName('a.web.example.com');
    await apply(test, { certificates: [specFor(['*.example.com'])], hosts: [deeper] });
    expect(await listing(test)).toEqual(['*.example.com file', 'a.web.example.com endpoint']);
  });

  it('releases its own when the configuration covers the host', async () => {
    await using test = await openLifecycle();
    await apply(test, { hosts: [host] });
    await apply(test, { certificates: [specFor(['*.example.com'])], hosts: [host] });
    expect(await listing(test)).toEqual(['*.example.com file', 'web.example.com released']);
  });
});
