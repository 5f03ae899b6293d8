/**
 * What every adapter does with browser sessions.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import type { SessionRecord } from './sessions.ts';
import type { StoreHarness } from './store-harness.contract.ts';

const at = (seconds: number): Date => new Date(1_800_000_000_000 + seconds * 1_000);
const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const MANY = { ofHolder: 10, inAll: 10 };

function session(id: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    hash: hash(1),
    holder: { kind: 'token', id: 'ci', hash: hash(2) },
    openedAt: at(0),
    usedAt: at(0),
    expiresAt: at(100),
    ...changes,
  };
}

export function describeSessions(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: sessions`, () => {
    it('come back as they went in, until they are removed', async () => {
      await using harness = await open();
      const { sessions } = harness.store;
      const person = {
        kind: 'person',
        id: 'https://id.example.com#1',
        name: 'Ada',
        role: 'operator',
        patterns: [parseName('*.customer.net')],
        rules: 'r',
      } as const;
      await sessions.insert(session('one'), MANY);
      await sessions.insert(session('two', { holder: person }), MANY);
      expect(await sessions.find('one')).toStrictEqual(session('one'));
      expect(await sessions.find('two')).toStrictEqual(session('two', { holder: person }));
      await sessions.markUsed('one', at(60));
      expect(await sessions.find('one')).toStrictEqual(session('one', { usedAt: at(60) }));
      await sessions.remove('one');
      await sessions.remove('one');
      expect(await sessions.find('one')).toBeUndefined();
      expect(await sessions.find('two')).toBeDefined();
    });

    it('make room for the next one', async () => {
      await using harness = await open();
      const { sessions } = harness.store;
      const there = async (...ids: string[]): Promise<string[]> => {
        const found = await Promise.all(ids.map((id) => sessions.find(id)));
        return found.flatMap((record) => record?.id ?? []);
      };
      await sessions.insert(session('old', { expiresAt: at(5) }), MANY);
      await sessions.insert(session('a', { openedAt: at(10), usedAt: at(90) }), MANY);
      expect(await there('old', 'a')).toEqual(['a']);
      await sessions.insert(session('b', { openedAt: at(11), usedAt: at(80) }), MANY);
      const two = { ofHolder: 2, inAll: 10 };
      await sessions.insert(session('c', { openedAt: at(12), usedAt: at(70) }), two);
      expect(await there('a', 'b', 'c')).toEqual(['b', 'c']);
      const holder = { kind: 'token', id: 'other', hash: hash(3) } as const;
      await sessions.insert(session('d', { holder, openedAt: at(13) }), two);
      expect(await there('b', 'c', 'd')).toEqual(['b', 'c', 'd']);
      await sessions.insert(session('e', { holder, openedAt: at(14) }), { ofHolder: 9, inAll: 3 });
      expect(await there('b', 'c', 'd', 'e')).toEqual(['b', 'c', 'e']);
    });
  });
}
