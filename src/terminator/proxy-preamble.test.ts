import { X509Certificate } from 'node:crypto';
import { expect, describe, it } from 'vitest';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { proxyPreamble } from './proxy-preamble.ts';
import type { TlsFacts } from './tls-facts.ts';

const client = {
  clientAddress: '192.0.2.7',
  clientPort: 0x1234,
  localAddress: '192.0.2.1',
  localPort: 443,
};
const tls: TlsFacts = {
  version: '1.3',
  cipher: 'C',
  protocol: 'h2',
  group: 'X25519',
  isResumed: false,
};
const ADDRESSES = 'c0000207 c0000201 1234 01bb';

function hex(text: string): string {
  return text.replaceAll(' ', '');
}

/** What follows signature, command, family and length. */
function bodyOf(preamble: Buffer | undefined): string {
  expect(preamble?.toString('hex', 0, 14)).toBe(hex('0d0a0d0a000d0a515549540a 21 11'));
  expect(preamble?.readUInt16BE(14)).toBe((preamble?.length ?? 0) - 16);
  return preamble?.toString('hex', 16) ?? '';
}

describe('proxyPreamble', () => {
  it('is nothing where it is not wanted, and one line in version 1', () => {
    expect(proxyPreamble(undefined, { client })).toBeUndefined();
    const line = 'PROXY TCP4 192.0.2.7 192.0.2.1 4660 443\r\n';
    expect(String(proxyPreamble('v1', { client, serverName: 'a', tls }))).toBe(line);
  });

  it('tells the server name of TLS that is passed through, and no more', () => {
    const preamble = proxyPreamble('v2', { client, serverName: 'a' });
    expect(bodyOf(preamble)).toBe(hex(`${ADDRESSES} 02 0001 61`));
  });

  it('tells what TLS agreed on, and that there was no client certificate', () => {
    const preamble = proxyPreamble('v2', { client, tls });
    expect(bodyOf(preamble)).toBe(
      hex(`${ADDRESSES} 01 0002 6832 20 0013 01 00000001 21 0007 544c5376312e33 23 0001 43`),
    );
  });

  it.each([
    [true, '00000000'],
    [false, '00000001'],
  ])('tells the common name of a client certificate, verified: %s', async (isVerified, verify) => {
    const { chainPem, fingerprint256 } = await createOpensslCredential(['a.example.com']);
    const { raw: der } = new X509Certificate(chainPem);
    const certificate = { subject: '', sans: [], fingerprint256, serial: '1', isVerified, der };
    const facts = { ...tls, protocol: '', clientCertificate: certificate };
    const body = bodyOf(proxyPreamble('v2', { client, tls: facts }));
    expect(body).toContain(hex(`07 ${verify} 21 0007 544c5376312e33 22 0004 74657374 23 0001 43`));
  });
});
