/**
 * A CA with several chains for one certificate: which one is served.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../../src/pki/chain.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { openTestControl } from '../support/control.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const HTTP = { challenges: ['http-01' as const] };
const CHAINS = { alternateRoots: 2, chainLength: 2 };

function commonNameOf(pem: string): string {
  return /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? '';
}

async function downloads(ca: Pebble): Promise<number> {
  return (await ca.requests()).filter(({ path }) => /certZ/i.test(path)).length;
}

describe('a preferred chain', () => {
  it('is found by its root among the alternates, and by an intermediate', async () => {
    await using ca = await Pebble.start(CHAINS);
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const roots = await ca.roots();
    expect(roots).toHaveLength(3);
    const wanted = roots[2] ?? '';
    const preferredChain = commonNameOf(wanted);
    await test.issue([NAME], { ...HTTP, preferredChain });
    const { chainPem = '' } = await test.control.operations.show(
      { name: NAME },
      () => undefined,
      new AbortController().signal,
    );
    await verifyChain(chainPem, wanted);
    const [, intermediate] = parseCertificates(chainPem);
    const byIntermediate = commonNameOf(intermediate?.toString() ?? '');

    await test.issue(['b.example.com'], { ...HTTP, preferredChain: byIntermediate });
    const other = await test.control.operations.show(
      { name: 'b.example.com' },
      () => undefined,
      new AbortController().signal,
    );
    expect(parseCertificates(other.chainPem ?? '').map((each) => each.subject)).toContainEqual(
      intermediate?.subject,
    );
    expect(test.progress.filter(({ step }) => step === 'warning')).toEqual([]);
  });

  it('that the CA chooses itself costs no other download', async () => {
    await using ca = await Pebble.start(CHAINS);
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const [first = ''] = await ca.roots();
    await test.issue([NAME], { ...HTTP, preferredChain: commonNameOf(first) });
    expect(await downloads(ca)).toBe(1);
  });

  it('that nobody has is replaced by the choice of the CA, with a note', async () => {
    await using ca = await Pebble.start(CHAINS);
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const by = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
    const args = ['issue', NAME, '--preferred-chain', 'Nobody Root', ...by, '--config', config];
    const issued = await runCertctl(args);
    expect(issued).toMatchObject({ status: 0 });
    expect(issued.stderr).toMatch(/no chain has an issuer "Nobody Root" but "Pebble/);
    const exported = await runCertctl(['export', NAME, '--config', config]);
    await verifyChain(exported.stdout, (await ca.roots())[0] ?? '');
  });
});
