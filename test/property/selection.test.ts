/**
 * Which endpoint, certificate and policy a client gets, against rules written down one by one.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Name, parseName } from '../../src/core/names.ts';
import type { Credential, Endpoint, FeedEntry, TlsPolicy } from '../../src/feed/feed.ts';
import { TLS_PRESETS } from '../../src/feed/tls-presets.ts';
import { createLookup } from '../../src/lifecycle/feed-source.ts';
import { decideDestination, decideRoute } from '../../src/terminator/routing.ts';
import { selectCredential } from '../../src/terminator/select-credential.ts';

const NOW = 1_000;
const RUNS = { numRuns: 3_000 };

/** Few labels, so that names meet. */
const label = fc.constantFrom('a', 'b', 'ab');
const name = fc.array(label, { minLength: 0, maxLength: 2 }).map((labels) => {
  return parseName([...labels, 'example', 'com'].join('.'));
});
const pattern = fc.oneof(
  name,
  name.map((base) => parseName(`*.${base}`)),
);

/** RFC 9525 §6.3, without looking at the code: one whole label stands for the star. */
function matches(host: string, asked: string): boolean {
  if (!host.startsWith('*.')) return host === asked;
  const [first = '', ...rest] = asked.split('.');
  return first !== '' && rest.join('.') === host.slice(2);
}

const policy = fc
  .record({
    alpn: fc.uniqueArray(fc.constantFrom('h2', 'http/1.1', 'x'), { maxLength: 3 }),
    alpnMismatch: fc.constantFrom('refuse' as const, 'ignore' as const),
  })
  .map((part): TlsPolicy => ({ ...TLS_PRESETS.intermediate, ...part }));

const credential = fc
  .record({
    names: fc.uniqueArray(pattern, { minLength: 1, maxLength: 3 }),
    keyAlgorithm: fc.constantFrom('ec' as const, 'rsa' as const),
    notAfter: fc.integer({ min: NOW - 2, max: NOW + 3 }),
    fingerprint256: fc.uuid(),
  })
  .map((part): Credential => ({ ...part, chainPem: '', privateKeyPem: '' }));

const schemes = fc.uniqueArray(fc.constantFrom(0x0403, 0x0503, 0x0603, 0x0804, 0x0401, 0x0807));

const endpoint = fc
  .record({
    host: pattern,
    protocol: fc.constantFrom('http' as const, 'https' as const, 'tls' as const),
    terminate: fc.option(policy, { nil: undefined }),
    terminateAt: fc.option(fc.record({ inside: policy }), { nil: undefined }),
  })
  .map(({ terminate, terminateAt, ...part }): Endpoint => ({
    ...part,
    upstreams: [],
    ...(terminate === undefined ? {} : { terminate }),
    ...(terminateAt === undefined ? {} : { terminateAt }),
  }));

describe('selectCredential', () => {
  it('leaves nothing better behind', () => {
    fc.assert(
      fc.property(fc.array(credential, { maxLength: 6 }), name, schemes, (all, asked, offered) => {
        const chosen = selectCredential(all, asked, offered, NOW);
        const fitting = all.filter(({ names }) => names.some((host) => matches(host, asked)));
        expect(chosen === undefined).toBe(fitting.length === 0);
        if (chosen === undefined) return;
        expect(fitting).toContain(chosen);
        for (const other of fitting) expect(isBetter(other, chosen, asked, offered)).toBe(false);
      }),
      RUNS,
    );
  });
});

/** The rules one after the other; the first that tells them apart decides. */
function isBetter(
  one: Credential,
  other: Credential,
  asked: Name,
  offered: readonly number[],
): boolean {
  const isValid = ({ notAfter }: Credential): boolean => notAfter > NOW;
  if (isValid(one) !== isValid(other)) return isValid(one);
  const ecdsa = [0x0403, 0x0503, 0x0603];
  const isVerifiable = ({ keyAlgorithm }: Credential): boolean =>
    keyAlgorithm === 'rsa' || offered.some((scheme) => ecdsa.includes(scheme));
  if (isVerifiable(one) !== isVerifiable(other)) return isVerifiable(one);
  const isExact = ({ names }: Credential): boolean => names.some((host) => host === asked);
  if (isExact(one) !== isExact(other)) return isExact(one);
  if (one.keyAlgorithm !== other.keyAlgorithm) return one.keyAlgorithm === 'ec';
  return one.notAfter > other.notAfter;
}

describe('decideRoute', () => {
  const hello = fc.record({
    serverName: fc.constant(undefined),
    unusableServerName: fc.constant(undefined),
    alpnProtocols: fc.uniqueArray(fc.constantFrom('h2', 'http/1.1', 'x', 'y'), { maxLength: 3 }),
    signatureSchemes: schemes,
  });
  const entry = fc.option(
    fc.record({ endpoint, credentials: fc.array(credential, { maxLength: 4 }) }),
    { nil: undefined },
  );
  const listener = fc.constantFrom({}, { policy: 'inside' });

  it('does what the rules say one by one', () => {
    fc.assert(
      fc.property(
        name,
        hello,
        entry,
        listener,
        (asked, { serverName: _none, ...rest }, found, at) => {
          const { unusableServerName: _no, ...plain } = rest;
          const route = decideRoute(asked, plain as never, found, NOW, at);
          expect(summary(route)).toEqual(expected(asked, rest, found, 'policy' in at));
        },
      ),
      RUNS,
    );
  });
});

function summary(route: ReturnType<typeof decideRoute>): unknown {
  if (route.action === 'refuse') return route.alert;
  if (route.action === 'pass-through') return 'pass-through';
  const {
    credential: { fingerprint256 },
    policy: chosen,
    protocol,
  } = route;
  return { fingerprint256, chosen, protocol };
}

function expected(
  asked: Name,
  hello: {
    readonly alpnProtocols: readonly string[];
    readonly signatureSchemes: readonly number[];
  },
  found: FeedEntry | undefined,
  isInside: boolean,
): unknown {
  if (found === undefined) return 'unrecognized_name';
  const { protocol, terminate, terminateAt } = found.endpoint;
  const chosen = isInside ? terminateAt?.['inside'] : terminate;
  if (chosen === undefined) {
    if (protocol === 'tls' && terminate === undefined) return 'pass-through';
    return protocol === 'http' ? 'unrecognized_name' : 'internal_error';
  }
  let agreed: string | undefined;
  for (const ours of chosen.alpn.toReversed()) {
    if (hello.alpnProtocols.includes(ours)) agreed = ours;
  }
  const isMismatch = hello.alpnProtocols.length > 0 && agreed === undefined;
  if (isMismatch && chosen.alpnMismatch === 'refuse') return 'no_application_protocol';
  const best = selectCredential(found.credentials, asked, hello.signatureSchemes, NOW);
  if (best === undefined) return 'internal_error';
  return { fingerprint256: best.fingerprint256, chosen, protocol: agreed };
}

describe('decideDestination', () => {
  it('asks for the name of the client, or for the one that stands for none', () => {
    fc.assert(
      fc.property(
        fc.option(name, { nil: undefined }),
        fc.constantFrom(undefined, 'address' as const, 'malformed' as const),
        fc.array(fc.constantFrom('acme-tls/1', 'h2'), { maxLength: 2 }),
        fc.option(name, { nil: undefined }),
        (serverName, unusable, alpnProtocols, standIn) => {
          const hello = {
            alpnProtocols,
            signatureSchemes: [],
            ...(serverName === undefined
              ? unusable && { unusableServerName: unusable }
              : { serverName }),
          };
          const got = decideDestination(hello as never, { noServerName: standIn ?? 'refuse' });
          const isAcme = alpnProtocols.join() === 'acme-tls/1';
          const named = isAcme
            ? { action: 'answer-acme', serverName }
            : { action: 'look-up', name: serverName };
          const isRefused = standIn === undefined || unusable === 'malformed';
          const unnamed = isRefused
            ? { action: 'refuse', alert: 'unrecognized_name' }
            : { action: 'look-up', name: standIn };
          expect(got).toEqual(serverName === undefined ? unnamed : named);
        },
      ),
      RUNS,
    );
  });
});

describe('createLookup', () => {
  it('finds the exact host before the wildcard, and no other', async () => {
    const store = { certificates: { covering: () => Promise.resolve([]) } };
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(endpoint, { selector: ({ host }) => host, maxLength: 6 }),
        name,
        async (endpoints, asked) => {
          const options = { endpoints, store, keys: {} };
          const found = await createLookup(options as never)(asked);
          const exact = endpoints.find(({ host }) => host === asked);
          const wild = endpoints.find(({ host }) => matches(host, asked));
          expect(found?.endpoint).toBe(exact ?? wild);
        },
      ),
      RUNS,
    );
  });
});
