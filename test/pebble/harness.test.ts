import { describe, expect, it } from 'vitest';
import { requestText } from '../support/https-request.ts';
import { openssl } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { runProgram } from '../support/program.ts';
import { readFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';

describe('Pebble.start', () => {
  it('starts CAs side by side that answer other clients than ours', async () => {
    await using stack = new AsyncDisposableStack();
    const options = { alternateRoots: 1, rejectNonces: 0 };
    const started = await Promise.all([1, 2, 3].map(() => Pebble.start(options)));
    for (const ca of started) stack.use(ca);

    for (const ca of started) {
      const url = ca.directoryUrl;
      const curl = await runProgram('curl', ['--silent', '--cacert', ca.caBundle, url]);
      expect(JSON.parse(curl.stdout)).toMatchObject({
        meta: { profiles: { default: expect.any(String), shortlived: expect.any(String) } },
      });
      expect(await ca.roots()).toHaveLength(2);
    }
    expect(new Set(started.map((ca) => ca.directoryUrl)).size).toBe(3);
  });

  it('counts the requests that reach it', async () => {
    await using ca = await Pebble.start();
    const trust = await readFile(ca.caBundle, 'utf8');
    await requestText(ca.directoryUrl.replace('/dir', '/nonce-plz'), { ca: trust });

    expect(await ca.requests('/nonce-plz')).toEqual([{ method: 'GET', path: '/nonce-plz' }]);
    expect(await ca.orderCount()).toBe(0);
  });

  it('serves the records that a test sets and this machine for every name', async () => {
    await using ca = await Pebble.start();
    await ca.dns.setTxt('_acme-challenge.example.com', 'one');
    await ca.dns.setTxt('_acme-challenge.example.com', 'two');
    const resolver = new Resolver();
    resolver.setServers([ca.dnsAddress]);

    const texts = await resolver.resolveTxt('_acme-challenge.example.com');
    expect(texts.flat().toSorted()).toEqual(['one', 'two']);
    expect(await resolver.resolve4('any.example.com')).toEqual(['127.0.0.1']);
    await ca.dns.clearTxt('_acme-challenge.example.com');
    await expect(resolver.resolveTxt('_acme-challenge.example.com')).rejects.toThrow('ENODATA');
  });

  it('leaves nothing behind', async () => {
    const ca = await Pebble.start();
    const url = ca.directoryUrl;
    const trust = await readFile(ca.caBundle, 'utf8');
    expect(await openssl(['x509', '-noout', '-subject'], trust)).toContain('localhost');
    await ca[Symbol.asyncDispose]();

    await expect(requestText(url, { ca: trust })).rejects.toThrow('ECONNREFUSED');
    await expect(readFile(ca.caBundle)).rejects.toThrow('ENOENT');
  });
});
