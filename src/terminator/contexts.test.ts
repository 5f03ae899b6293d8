import { describe, expect, it } from 'vitest';
import type { TlsPolicy } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { policyId } from './contexts.ts';

const POLICY: TlsPolicy = {
  ...TLS_PRESETS.intermediate,
  alpn: ['h2'],
  clientCertificates: { mode: 'verify', caPem: 'one', crlPem: 'list' },
};

describe('policyId', () => {
  it('is the same for equal policies, whatever the order of their keys', () => {
    const reversed = Object.fromEntries(
      Object.entries(POLICY).toReversed(),
    ) as unknown as TlsPolicy;
    expect(policyId(reversed)).toBe(policyId(POLICY));
  });

  it('differs with every single thing that a policy says', () => {
    const variants: Partial<TlsPolicy>[] = [
      {},
      { minVersion: '1.3' },
      { maxVersion: '1.2' },
      { ciphers: POLICY.ciphers.slice(1) },
      { cipherOrder: 'client' },
      { groups: ['P-256'] },
      { alpn: ['http/1.1'] },
      { alpnMismatch: 'ignore' },
      { certificateCompression: ['zlib'] },
      { clientCertificates: { mode: 'verify', caPem: 'one' } },
      { clientCertificates: { mode: 'verify', caPem: 'two', crlPem: 'list' } },
      { clientCertificates: { mode: 'verify', caPem: 'one', crlPem: 'newer list' } },
      { clientCertificates: { mode: 'request', caPem: 'one', crlPem: 'list' } },
      { clientCertificates: { mode: 'require' } },
    ];
    const { clientCertificates: _asked, ...unasked } = POLICY;
    const ids = [...variants.map((variant) => ({ ...POLICY, ...variant })), unasked].map(policyId);
    expect(new Set(ids).size).toBe(variants.length + 1);
  });
});
