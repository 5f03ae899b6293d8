/**
 * What every store does for the API, as tests that each adapter passes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import type { AuditRecord, TokenRecord } from './access.ts';
import { at } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

const hash = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
const token: TokenRecord = {
  id: 'one',
  name: 'ci',
  role: 'operator',
  patterns: [parseName('*.customer.net')],
  networks: ['10.0.0.0/8'],
  hash: hash(1),
  createdAt: at(0),
  createdBy: 'socket',
  expiresAt: at(100),
};
const entry: AuditRecord = {
  id: '1',
  at: at(0),
  actor: { kind: 'token', id: 'one', name: 'ci', address: '10.0.0.1', requestId: 'r' },
  operation: 'revoke',
  names: ['app.example.com'],
  before: [{ status: 'valid' }],
  outcome: 'begun',
};

export function describeAccess(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: tokens`, () => {
    it('come back as they went in, the newest first', async () => {
      await using harness = await open();
      const { tokens } = harness.store;
      const plain = {
        id: 'two',
        name: 'x',
        role: 'viewer',
        hash: hash(2),
        createdBy: 'y',
      } as const;
      await tokens.insert(token);
      await tokens.insert({ ...plain, createdAt: at(5) });
      expect(await tokens.list()).toStrictEqual([{ ...plain, createdAt: at(5) }, token]);
      expect(await tokens.find('one')).toStrictEqual(token);
      expect(await tokens.find('three')).toBeUndefined();
      await expect(tokens.insert(token)).rejects.toMatchObject({ code: 'store/conflict' });
    });

    it('are rotated with the old secret beside the new one, until they are revoked', async () => {
      await using harness = await open();
      const { tokens } = harness.store;
      await tokens.insert(token);
      const rotated = await tokens.rotate('one', hash(9), at(10), at(20), at(200));
      expect(rotated).toStrictEqual({
        ...token,
        hash: hash(9),
        previous: { hash: hash(1), until: at(20) },
        rotatedAt: at(10),
        expiresAt: at(200),
      });
      await tokens.markUsed('one', at(11));
      await tokens.revoke('one', at(12));
      await tokens.revoke('one', at(99));
      const { previous: _gone, ...rest } = rotated;
      expect(await tokens.find('one')).toStrictEqual({
        ...rest,
        lastUsedAt: at(11),
        revokedAt: at(12),
      });
      const again = tokens.rotate('one', hash(3), at(13), at(13), undefined);
      await expect(again).rejects.toMatchObject({ code: 'store/conflict' });
    });
  });

  describe(`${adapter}: audit log`, () => {
    it('is listed in pages, and each record ends once', async () => {
      await using harness = await open();
      const { audit } = harness.store;
      for (const id of ['1', '2', '3']) await audit.append({ ...entry, id });
      await audit.finish('2', { outcome: 'done', after: { a: 1 }, finishedAt: at(1) });
      await audit.finish('2', { outcome: 'failed', finishedAt: at(9) });
      const done = { ...entry, id: '2', outcome: 'done', after: { a: 1 }, finishedAt: at(1) };
      expect(await audit.list({ limit: 2 })).toStrictEqual([{ ...entry, id: '3' }, done]);
      expect(await audit.list({ limit: 2, after: '2' })).toStrictEqual([entry]);
      expect(await audit.list({ limit: 9, operation: 'issue' })).toStrictEqual([]);
    });

    it('is filtered by who it was and what was done, in pages', async () => {
      await using harness = await open();
      const { audit } = harness.store;
      const ci = { kind: 'token', id: 'token-1', name: 'ci' } as const;
      const person = { kind: 'session', id: 'token-1', name: 'Ada' } as const;
      const actors = [ci, person, ci, { kind: 'local', name: 'ci' }] as const;
      for (const [index, actor] of actors.entries()) {
        const operation = index === 2 ? 'revoke' : 'issue';
        await audit.append({ ...entry, id: String(index), actor, operation });
      }
      const ids = async (filter: Parameters<typeof audit.list>[0]) =>
        (await audit.list(filter)).map(({ id }) => id);
      expect(await ids({ limit: 9, actor: 'ci' })).toStrictEqual(['3', '2', '0']);
      expect(await ids({ limit: 9, actor: 'token-1' })).toStrictEqual(['2', '1', '0']);
      expect(await ids({ limit: 9, actor: 'Ada' })).toStrictEqual(['1']);
      expect(await ids({ limit: 9, actor: 'nobody' })).toStrictEqual([]);
      expect(await ids({ limit: 2, actor: 'ci' })).toStrictEqual(['3', '2']);
      expect(await ids({ limit: 2, actor: 'ci', after: '2' })).toStrictEqual(['0']);
      expect(await ids({ limit: 9, actor: 'ci', operation: 'issue' })).toStrictEqual(['3', '0']);
      expect(await ids({ limit: 9, operation: 'revoke' })).toStrictEqual(['2']);
    });

    it('forgets all but the newest', async () => {
      await using harness = await open();
      const { audit } = harness.store;
      for (const id of ['1', '2', '3']) await audit.append({ ...entry, id });
      await audit.prune(3);
      expect(await audit.list({ limit: 9 })).toHaveLength(3);
      await audit.prune(2);
      expect((await audit.list({ limit: 9 })).map(({ id }) => id)).toStrictEqual(['3', '2']);
    });
  });

  describe(`${adapter}: idempotency keys`, () => {
    it('are taken once by each caller, and answered from then on', async () => {
      await using harness = await open();
      const { idempotency } = harness.store;
      const key = { caller: 'token:one', key: 'k' };
      const claim = () => idempotency.claim(key, hash(1), at(0), at(-100));
      expect(await claim()).toBeUndefined();
      expect(await claim()).toStrictEqual({ request: hash(1) });
      await idempotency.complete(key, { status: 202 });
      expect(await claim()).toStrictEqual({ request: hash(1), answer: { status: 202 } });
      const other = { ...key, caller: 'token:two' };
      expect(await idempotency.claim(other, hash(2), at(0), at(-100))).toBeUndefined();
      await idempotency.release(key);
      expect(await claim()).toStrictEqual({ request: hash(1), answer: { status: 202 } });
    });

    it('are free again after their time, after a failure, and after a crash', async () => {
      await using harness = await open();
      const { idempotency } = harness.store;
      const key = { caller: 'c', key: 'k' };
      await idempotency.claim(key, hash(1), at(0), at(-1));
      await idempotency.release(key);
      expect(await idempotency.claim(key, hash(2), at(1), at(0))).toBeUndefined();
      await idempotency.releaseUnanswered();
      expect(await idempotency.claim(key, hash(3), at(2), at(0))).toBeUndefined();
      await idempotency.complete(key, {});
      expect(await idempotency.claim(key, hash(4), at(100), at(50))).toBeUndefined();
    });
  });
}
