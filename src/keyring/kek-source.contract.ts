/**
 * What every source of key-encryption keys promises.
 *
 * @module
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { KekSource } from './keyring.ts';

export interface KekSourceHarness extends AsyncDisposable {
  /** A source with what it needs, or one that makes that. */
  readonly source: KekSource;
  /** The key of `source` behind another one. */
  withPrevious(): Promise<KekSource>;
  /** Content that is no key and must never be shown, in the same place. */
  damaged(content: string): Promise<KekSource>;
  /** Where nothing is, and was. */
  readonly empty: KekSource;
}

export function describeKekSource(
  adapter: string,
  open: () => Promise<KekSourceHarness>,
  /** Codes for a reload where nothing is. */
  gone: 'keyring/mismatch' | 'keyring/unavailable',
): void {
  const { signal } = new AbortController();

  describe(`${adapter}: a source of key-encryption keys`, () => {
    it('gives the same key of 32 bytes each time', async () => {
      await using harness = await open();
      const first = await harness.source.load(signal);
      expect(first[0].key).toHaveLength(32);
      expect(new Set(first[0].key).size).toBeGreaterThan(8);
      expect(await harness.source.load(signal)).toStrictEqual(first);
      expect(await harness.source.reload(signal)).toStrictEqual(first);
    });

    it('names keys without showing anything of them', async () => {
      await using harness = await open();
      const [{ id, key }] = await harness.source.load(signal);
      expect(id).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      const bytes = Buffer.from(key);
      for (const text of [id, harness.source.place, inspect(harness.source)]) {
        expect(text).not.toContain(bytes.toString('hex').slice(0, 8));
        expect(text).not.toContain(bytes.toString('base64url').slice(0, 8));
      }
    });

    it('gives the new key first and the one before behind it, by the same id', async () => {
      await using harness = await open();
      const [before] = await harness.source.load(signal);
      const keks = await (await harness.withPrevious()).load(signal);
      expect(keks).toHaveLength(2);
      expect(keks[1]).toMatchObject({ id: before.id });
      expect(Buffer.from(keks[1]?.key ?? []).equals(before.key)).toBe(true);
      expect(keks[0].id).not.toBe(before.id);
    });

    it.each(['not-a-key-but-secret', 'c2hvcnQtc2VjcmV0', '\u0001\u0002'])(
      'refuses what is no key, and does not show it: %s',
      async (content) => {
        await using harness = await open();
        const source = await harness.damaged(content);
        const error = await failureOf(source.load(signal));
        expect(error.code).toMatch(/^keyring\//);
        expect(error.mend).toBeDefined();
        expect(inspect(error, { depth: 9 })).not.toContain(content);
      },
    );

    it('creates nothing when it is asked again', async () => {
      await using harness = await open();
      for (let times = 0; times < 2; times += 1) {
        expect(await failureOf(harness.empty.reload(signal))).toMatchObject({ code: gone });
      }
    });

    it('does nothing after an abort', async () => {
      await using harness = await open();
      const reason = new Error('stopped');
      await expect(harness.source.load(AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(harness.source.reload(AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('adds and drops keys where it makes them itself', async () => {
      await using harness = await open();
      const { source } = harness;
      const [old] = await source.load(signal);
      if (source.rotation === undefined) return;
      await source.rotation.add(signal);
      const both = await source.reload(signal);
      expect(both).toHaveLength(2);
      expect(both[1]).toStrictEqual(old);
      await source.rotation.drop([old.id, 'unknown'], signal);
      expect(await source.reload(signal)).toStrictEqual([both[0]]);
      await expect(source.rotation.drop([both[0].id], signal)).rejects.toThrow(/last/);
      expect(await source.reload(signal)).toStrictEqual([both[0]]);
    });
  });
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('no error of ours', { cause: thrown });
  return thrown;
}
