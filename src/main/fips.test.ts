import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { findUnservable } from './fips.ts';

const MODERN_PROVIDER = { demandsExtendedMasterSecret: true, hasMlKem: true };
const OLD_PROVIDER = { demandsExtendedMasterSecret: false, hasMlKem: false };

const endpoint = (policy: Partial<TlsPolicy>, more: Partial<Endpoint> = {}): Endpoint => ({
  host: parseName('a.example.com'),
  protocol: 'tls',
  upstreams: [{ scheme: 'http', target: { host: '127.0.0.1', port: 1 } }],
  terminate: { ...TLS_PRESETS.intermediate, alpn: [], groups: ['P-256'], ...policy },
  ...more,
});

describe('findUnservable', () => {
  it('wants the extended master secret for TLS 1.2', () => {
    const endpoints = [endpoint({ minVersion: '1.2' })];
    expect(findUnservable(endpoints, MODERN_PROVIDER)).toBeUndefined();
    expect(findUnservable(endpoints, OLD_PROVIDER)).toMatch(
      /^minVersion 1\.2 of a\.example\.com needs .* extended master secret/,
    );
  });

  it('takes TLS 1.3 from any provider', () => {
    expect(findUnservable([endpoint({ minVersion: '1.3' })], OLD_PROVIDER)).toBeUndefined();
  });

  it('looks at the policies of listeners, and not at what is passed through', () => {
    const weaker = { ...TLS_PRESETS.intermediate, alpn: [] };
    const { terminate: _terminate, ...passedThrough } = endpoint({});
    expect(findUnservable([passedThrough], OLD_PROVIDER)).toBeUndefined();
    const both = endpoint({ minVersion: '1.3' }, { terminateAt: { ':8443': weaker } });
    expect(findUnservable([both], OLD_PROVIDER)).toContain('minVersion 1.2');
  });
});
