import { describe, expect, it } from 'vitest';
import { after, type Clock, MINUTE_MS, systemClock } from '../core/clock.ts';
import { relativeName, searchZoneByName, searchZoneList, type Zone } from './zone-search.ts';

const { signal } = new AbortController();

/** The time of a test, which it moves itself. */
function clockAt(start: Date): { clock: Clock; move: (milliseconds: number) => void } {
  let now = start;
  return {
    clock: { ...systemClock, now: () => now },
    move: (milliseconds) => {
      now = after(now, milliseconds);
    },
  };
}

describe('searchZoneList', () => {
  it('takes the longest suffix, from any page, and asks once for many names', async () => {
    const { search, asked } = open([['com.example', 'example.com'], ['b.example.com']]);
    expect(await search('_acme-challenge.a.example.com', signal)).toEqual({ name: 'example.com' });
    expect(await search('_acme-challenge.a.b.example.com', signal)).toEqual({
      name: 'b.example.com',
    });
    expect(await search('b.example.com', signal)).toEqual({ name: 'b.example.com' });
    expect(asked()).toBe(1);
  });

  it('is no suffix that ends within a label', async () => {
    const { search } = open([['example.com']]);
    await expect(search('a.notexample.com', signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
    });
  });

  it('asks again for a name that it does not know, and after a while', async () => {
    const { search, asked, pages, move } = open([['example.com']]);
    await search('a.example.com', signal);
    await expect(search('a.example.org', signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
      message: 'no zone of this Host credential contains a.example.org',
    });
    pages.push(['example.org', 'a.example.com']);
    expect(await search('a.example.org', signal)).toEqual({ name: 'example.org' });
    expect(asked()).toBe(3);
    move(6 * MINUTE_MS);
    expect(await search('a.example.com', signal)).toEqual({ name: 'a.example.com' });
    expect(asked()).toBe(4);
  });

  it('takes only what is allowed, and asks nothing for other names', async () => {
    const { search, asked } = open([['example.com', 'b.example.com']], ['example.com']);
    expect(await search('a.b.example.com', signal)).toEqual({ name: 'example.com' });
    await expect(search('a.example.org', signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
    });
    expect(asked()).toBe(1);
  });
});

describe('searchZoneByName', () => {
  it('asks for the longest suffix first, and remembers what is no zone below one', async () => {
    const asked: string[] = [];
    const zones = new Set(['example.com']);
    const { clock, move } = clockAt(new Date());
    const search = searchZoneByName({ host: 'Host', clock }, async (candidate) => {
      asked.push(candidate);
      return zones.has(candidate) ? { name: candidate } : undefined;
    });
    await search('x.a.example.com', signal);
    expect(asked.splice(0)).toEqual(['x.a.example.com', 'a.example.com', 'example.com']);
    await search('y.a.example.com', signal);
    expect(asked.splice(0)).toEqual(['y.a.example.com']);
    zones.add('a.example.com');
    move(6 * MINUTE_MS);
    expect(await search('y.a.example.com', signal)).toEqual({ name: 'a.example.com' });
  });

  it('remembers nothing of a name without a zone', async () => {
    const zones = new Set<string>();
    const search = searchZoneByName({ host: 'Host', clock: systemClock }, async (candidate) =>
      zones.has(candidate) ? { name: candidate } : undefined,
    );
    await expect(search('a.example.com', signal)).rejects.toMatchObject({
      code: 'dns/zone-not-found',
    });
    zones.add('example.com');
    expect(await search('a.example.com', signal)).toEqual({ name: 'example.com' });
  });
});

describe('relativeName', () => {
  it('is empty, or another word, for the zone itself', () => {
    const zone = { name: 'example.com' };
    expect(relativeName('a.b.example.com', zone, '@')).toBe('a.b');
    expect(relativeName('example.com', zone)).toBe('');
    expect(relativeName('example.com', zone, '@')).toBe('@');
  });
});

function open(pages: string[][], allowed?: readonly string[]) {
  let asked = 0;
  const { clock, move } = clockAt(new Date());
  const search = searchZoneList<Zone>({ host: 'Host', clock, allowed }, async function* list() {
    asked += 1;
    for (const page of pages) yield page.map((name) => ({ name }));
  });
  return { search, asked: () => asked, pages, move };
}
