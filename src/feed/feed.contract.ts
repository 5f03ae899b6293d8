/**
 * What every feed must do, run against each by `test/contract/feed.test.ts`.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { parseName } from '../core/names.ts';
import type { ChallengeAnswer, Feed, FeedChange, FeedEntry } from './feed.ts';
import { TLS_PRESETS } from './tls-presets.ts';

/** What a feed under test is to say, by name and token. */
export interface FeedContent {
  readonly entries: ReadonlyMap<string, FeedEntry>;
  readonly answers: ReadonlyMap<string, ChallengeAnswer>;
  /** Lookups of this name fail with this error. */
  readonly failure: { readonly name: string; readonly error: AppError };
}

export interface FeedUnderTest extends AsyncDisposable {
  readonly feed: Feed;
  /** Makes the feed's source announce a change. */
  announce(change: FeedChange): void;
}

export function describeFeed(
  title: string,
  open: (content: FeedContent) => Promise<FeedUnderTest>,
): void {
  describe(`feed: ${title}`, () => {
    it('gives the whole entry of a name, and nothing for other names', async () => {
      await using opened = await open(CONTENT);
      expect(await opened.feed.lookup(WEB)).toEqual(ENTRY);
      expect(await opened.feed.lookup(PASSED)).toEqual(BARE_ENTRY);
      expect(await opened.feed.lookup(parseName('unknown.example.com'))).toBeUndefined();
    });

    it('says what is being made on demand', async () => {
      await using opened = await open(CONTENT);
      const client = { clientAddress: '192.0.2.1' };
      expect(await opened.feed.lookup(MAKING, client)).toEqual(CONTENT.entries.get(MAKING));
    });

    it('answers many questions at a time, each its own', async () => {
      await using opened = await open(CONTENT);
      const names = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? WEB : PASSED));
      const found = await Promise.all(names.map((name) => opened.feed.lookup(name)));
      expect(found.map((entry) => entry?.endpoint.host)).toEqual(names);
    });

    it('finds challenge answers of the type that is asked for', async () => {
      await using opened = await open(CONTENT);
      const byToken = await opened.feed.findAnswer({ type: 'http-01', token: 'token' });
      expect(byToken).toEqual(CONTENT.answers.get('token'));
      const byName = await opened.feed.findAnswer({ type: 'tls-alpn-01', name: WEB });
      expect(byName).toEqual(CONTENT.answers.get(WEB));
      expect(await opened.feed.findAnswer({ type: 'http-01', token: 'other' })).toBeUndefined();
    });

    it('passes a failure on with its code, its advice and its cause', async () => {
      await using opened = await open(CONTENT);
      const error = await opened.feed.lookup(BROKEN).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'store/busy', message: 'no', mend: 'Wait.' });
      expect((error as Error).cause).toMatchObject({ message: 'why' });
    });

    it('announces changes in order until the listener stops', async () => {
      await using opened = await open(CONTENT);
      const heard: FeedChange[] = [];
      const stop = opened.feed.onChanged((change) => heard.push(change));
      // A question and its answer take the same way, so that all is connected after it.
      await opened.feed.lookup(WEB);
      opened.announce({ names: [WEB] });
      opened.announce('everything');
      await expect.poll(() => heard).toEqual([{ names: [WEB] }, 'everything']);
      stop();
      opened.announce('everything');
      await opened.feed.lookup(WEB);
      expect(heard).toHaveLength(2);
    });
  });
}

const WEB = parseName('web.example.com');
const MAKING = parseName('new.example.com');
const PASSED = parseName('passed.example.com');
const BROKEN = parseName('broken.example.com');

const ENTRY: FeedEntry = {
  endpoint: {
    host: WEB,
    protocol: 'https',
    terminate: {
      ...TLS_PRESETS.intermediate,
      alpn: ['h2', 'http/1.1'],
      certificateCompression: ['zstd'],
      clientCertificates: { mode: 'verify', caPem: 'roots', crlPem: 'list' },
    },
    terminateAt: { ':8443': { ...TLS_PRESETS.modern, alpn: [], minVersion: '1.1' } },
    upstreams: [
      { scheme: 'http', target: { host: '::1', port: 3_000 } },
      { scheme: 'h2c', target: { path: '/run/web.sock' } },
    ],
    health: { intervalMs: 1_000, timeoutMs: 500, path: '/', status: 204 },
  },
  credentials: [
    {
      fingerprint256: 'ab',
      names: [WEB, parseName('*.example.com')],
      keyAlgorithm: 'rsa',
      notAfter: 1_800_000_000_000,
      chainPem: 'chain',
      privateKeyPem: 'key',
    },
  ],
};

const BARE_ENTRY: FeedEntry = {
  endpoint: {
    host: PASSED,
    protocol: 'tls',
    upstreams: [
      {
        scheme: 'tls',
        target: { host: 'db', port: 5_432 },
        tls: { caPem: 'ca', serverName: 'db', certificatePem: 'own', privateKeyPem: 'key' },
      },
    ],
    proxyProtocol: 'v2',
  },
  credentials: [],
};

const CONTENT: FeedContent = {
  entries: new Map([
    [WEB, ENTRY],
    [PASSED, BARE_ENTRY],
    [MAKING, { ...ENTRY, credentials: [], isPending: true }],
  ]),
  answers: new Map<string, ChallengeAnswer>([
    ['token', { type: 'http-01', keyAuthorization: 'token.thumbprint' }],
    [WEB, { type: 'tls-alpn-01', certificatePem: 'certificate', privateKeyPem: 'key' }],
  ]),
  failure: {
    name: BROKEN,
    error: new AppError('store/busy', 'no', { mend: 'Wait.', cause: new Error('why') }),
  },
};
