/**
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import type { Endpoint } from '../feed/feed.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';

async function load(keys: string, protocol = 'https'): Promise<Endpoint | undefined> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(
    path,
    `endpoints:\n  - host: a.example.com\n    protocol: ${protocol}\n    ${keys}\n`,
  );
  return (await loadConfig({ path, environment: readEnvironment() })).endpoints[0];
}

async function refusalOf(keys: string, protocol?: string): Promise<string> {
  const thrown: unknown = await load(keys, protocol).catch((error: unknown) => error);
  return (thrown as Error).message;
}

describe('an HTTP endpoint', () => {
  it('may point elsewhere instead of having an upstream', async () => {
    expect(await load('redirect: https://www.example.com')).toMatchObject({
      upstreams: [],
      redirect: { location: 'https://www.example.com', keepsPath: true, status: 308 },
    });
    expect(
      await load('redirect: { to: "https://x.test/page", status: 302 }', 'http'),
    ).toMatchObject({
      redirect: { location: 'https://x.test/page', keepsPath: false, status: 302 },
    });
  });

  it('may tell browsers to come by https only', async () => {
    const upstream = 'upstream: http://127.0.0.1:1\n    ';
    expect(await load(`${upstream}hsts: { maxAge: 60 }`)).toMatchObject({ hsts: 'max-age=60' });
    const all = 'hsts: { maxAge: 31536000, includeSubDomains: true, preload: true }';
    expect(await load(upstream + all)).toMatchObject({
      hsts: 'max-age=31536000; includeSubDomains; preload',
    });
  });

  it.each([
    ['redirect: www.example.com', '4:15: endpoints[0].redirect: must be an http or https URL'],
    ['redirect: "javascript:alert(1)"', '4:15: endpoints[0].redirect: must be an http or https'],
    ['redirect: { to: "https://a.test", status: 200 }', 'endpoints[0].redirect'],
    ['redirect: "https://a.test"\n    upstream: "http://b:1"', 'stands beside upstream'],
    ['redirect: "https://a.test"\n    health: {}', 'is for endpoints with an upstream'],
    ['tls: {}', 'endpoints[0].upstream: is required'],
    ['upstream: "http://b:1"\n    hsts: { maxAge: 1y }', 'must be a number of seconds'],
    ['upstream: "http://b:1"\n    hsts: {}', 'endpoints[0].hsts.maxAge'],
    [
      'upstream: "http://b:1"\n    hsts: { maxAge: 60, preload: true }',
      'endpoints[0].hsts.preload: needs includeSubDomains: true and a maxAge of at least 31536000',
    ],
  ])('is refused for %j', async (keys, expected) => {
    expect(await refusalOf(keys)).toContain(expected);
  });

  it('has no such word without TLS', async () => {
    expect(await refusalOf('upstream: "http://b:1"\n    hsts: { maxAge: 1 }', 'http')).toContain(
      'unknown key "hsts"',
    );
  });
});
