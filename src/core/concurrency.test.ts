import { describe, expect, it } from 'vitest';
import { mapConcurrently } from './concurrency.ts';

describe('mapConcurrently', () => {
  it('keeps the order of the items whatever ends first', async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const mapping = mapConcurrently([0, 1, 2], 3, async (index) => {
      await gates[index]?.promise;
      return index;
    });
    for (const gate of gates.toReversed()) gate.resolve();
    expect(await mapping).toEqual([0, 1, 2]);
  });

  it('runs no more than the limit at once', async () => {
    let running = 0;
    let most = 0;
    await mapConcurrently([...Array(20).keys()], 3, async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).toBe(3);
  });

  it('ends what is under way before it throws, and begins nothing more', async () => {
    const slow = Promise.withResolvers<void>();
    const begun: number[] = [];
    let hasEnded = false;
    const mapping = mapConcurrently([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error('item 0');
      await slow.promise;
      hasEnded = true;
    });
    slow.resolve();
    await expect(mapping).rejects.toThrow('item 0');
    expect(hasEnded).toBe(true);
    expect(begun).toEqual([0, 1]);
  });
});
