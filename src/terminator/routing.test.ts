/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import type { Credential, FeedEntry } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { decideDestination, decideRoute, type Route } from './routing.ts';

const NAME = parseName('app.example.com');
const OTHER = parseName('fallback.example.com');

const hello = {
  serverName: NAME,
  unusableServerName: undefined,
  alpnProtocols: [] as string[],
  signatureSchemes: [0x0403],
} as const;

const CREDENTIAL: Credential = {
  fingerprint256: '00',
  names: [NAME],
  keyAlgorithm: 'ec',
  notAfter: 10,
  chainPem: '',
  privateKeyPem: '',
};

function entry(alpn: readonly string[] | undefined, credentials = [CREDENTIAL]): FeedEntry {
  return {
    credentials,
    endpoint: {
      host: NAME,
      protocol: 'tls',
      upstreams: [],
      ...(alpn === undefined ? {} : { terminate: { ...TLS_PRESETS.intermediate, alpn } }),
    },
  };
}

describe('decideDestination', () => {
  it('takes acme-tls/1 for a validation only when nothing else is offered', () => {
    const only = { ...hello, alpnProtocols: ['acme-tls/1'] };
    const among = { ...hello, alpnProtocols: ['h2', 'acme-tls/1'] };
    expect(decideDestination(only, { noServerName: 'refuse' }).action).toBe('answer-acme');
    expect(decideDestination(among, { noServerName: 'refuse' }).action).toBe('look-up');
  });

  it('refuses a client without server name, unless a name is configured for it', () => {
    const nameless = { ...hello, serverName: undefined };
    const address = { ...nameless, unusableServerName: 'address' } as const;
    const refusal = { action: 'refuse', alert: 'unrecognized_name' };
    expect(decideDestination(nameless, { noServerName: 'refuse' })).toEqual(refusal);
    for (const client of [nameless, address]) {
      expect(decideDestination(client, { noServerName: OTHER })).toEqual({
        action: 'look-up',
        name: OTHER,
      });
    }
  });

  it('refuses a server name that no certificate can have, whatever is configured', () => {
    const torn = { ...hello, serverName: undefined, unusableServerName: 'malformed' } as const;
    expect(decideDestination(torn, { noServerName: OTHER }).action).toBe('refuse');
  });
});

describe('decideRoute', () => {
  it('refuses TLS for the host of a plain HTTP endpoint', () => {
    const { endpoint, credentials } = entry(undefined);
    const plain = { credentials, endpoint: { ...endpoint, protocol: 'http' } } as const;
    expect(decideRoute(NAME, hello, plain, 0)).toEqual({
      action: 'refuse',
      alert: 'unrecognized_name',
    });
  });

  it('refuses names that no endpoint wants', () => {
    expect(decideRoute(NAME, hello, undefined, 0)).toEqual({
      action: 'refuse',
      alert: 'unrecognized_name',
    });
  });

  it('passes the bytes through when the endpoint has no policy, without asking for credentials', () => {
    const route = decideRoute(NAME, { ...hello, alpnProtocols: ['x'] }, entry(undefined, []), 0);
    expect(route.action).toBe('pass-through');
  });

  it('never passes an https endpoint through', () => {
    const { endpoint, credentials } = entry(undefined);
    const broken = { endpoint: { ...endpoint, protocol: 'https' as const }, credentials };
    expect(decideRoute(NAME, hello, broken, 0).action).toBe('refuse');
  });

  it('agrees on the first protocol of ours that the client offers', () => {
    const client = { ...hello, alpnProtocols: ['http/1.1', 'h2'] };
    const route = decideRoute(NAME, client, entry(['h2', 'http/1.1']), 0);
    expect(route).toMatchObject({ action: 'terminate', protocol: 'h2' });
  });

  it('refuses protocols that the endpoint does not have, and takes clients without any', () => {
    const client = { ...hello, alpnProtocols: ['smtp'] };
    expect(decideRoute(NAME, client, entry(['h2']), 0)).toEqual({
      action: 'refuse',
      alert: 'no_application_protocol',
    });
    expect(decideRoute(NAME, hello, entry(['h2']), 0)).toMatchObject({ protocol: undefined });
  });

  it('reports a fault of ours while there is no certificate', () => {
    expect(decideRoute(NAME, hello, entry([], []), 0)).toEqual({
      action: 'refuse',
      alert: 'internal_error',
    });
  });
});

describe('decideRoute on listeners with a policy of their own', () => {
  const at = (policy: string): Route => decideRoute(NAME, hello, PAIRED, 0, { policy });
  const { intermediate, modern } = TLS_PRESETS;
  const { endpoint, credentials } = entry([]);
  const PAIRED: FeedEntry = {
    credentials,
    endpoint: { ...endpoint, terminateAt: { ':8443': { ...modern, alpn: [] } } },
  };

  it('takes the policy of the listener, and the usual one elsewhere', () => {
    expect(at(':8443')).toMatchObject({ action: 'terminate', policy: modern });
    expect(decideRoute(NAME, hello, PAIRED, 0)).toMatchObject({ policy: intermediate });
  });

  it('refuses where an entry does not know the policy, and opens nothing else instead', () => {
    expect(at(':9443')).toEqual({ action: 'refuse', alert: 'internal_error' });
    const passed = entry(undefined);
    expect(decideRoute(NAME, hello, passed, 0, { policy: ':9443' })).toMatchObject({
      action: 'pass-through',
    });
  });

  it('goes on without ALPN where a mismatch is to be ignored', () => {
    const lenient: FeedEntry = {
      credentials,
      endpoint: { ...endpoint, terminate: { ...intermediate, alpn: [], alpnMismatch: 'ignore' } },
    };
    const offering = { ...hello, alpnProtocols: ['imap'] };
    expect(decideRoute(NAME, offering, lenient, 0)).toMatchObject({
      action: 'terminate',
      protocol: undefined,
    });
  });
});
