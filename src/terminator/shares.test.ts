import { describe, expect, it } from 'vitest';
import { Shares } from './shares.ts';

function create() {
  const begun: string[] = [];
  const shares = new Shares(2, 1);
  const enter = (name: string, task: string): boolean => shares.enter(name, () => begun.push(task));
  return { shares, begun, enter };
}

describe('Shares', () => {
  it('lets what is beyond a share wait for what the same one has', () => {
    const { shares, begun, enter } = create();
    for (const task of ['1', '2', '3']) expect(enter('a', task)).toBe(true);
    expect(enter('b', 'other')).toBe(true);
    expect(begun).toEqual(['1', '2', 'other']);
    shares.leave('b');
    expect(begun).toHaveLength(3);
    shares.leave('a');
    expect(begun).toEqual(['1', '2', 'other', '3']);
  });

  it('refuses whoever has too much waiting, and nobody else', () => {
    const { begun, enter } = create();
    expect(['1', '2', '3', '4'].map((task) => enter('a', task))).toEqual([true, true, true, false]);
    expect(enter('b', 'other')).toBe(true);
    expect(begun).toEqual(['1', '2', 'other']);
  });

  it('has the whole share again when all has ended', () => {
    const { shares, begun, enter } = create();
    for (const task of ['1', '2', '3']) enter('a', task);
    for (let count = 0; count < 3; count += 1) shares.leave('a');
    for (const task of ['4', '5', '6']) enter('a', task);
    expect(begun).toEqual(['1', '2', '3', '4', '5']);
  });
});
