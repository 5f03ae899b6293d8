import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/clock.ts';
import { ANY_HOST, parseName } from '../../src/core/names.ts';
import { objectionTo } from '../../src/lifecycle/on-demand/judge-name.ts';
import { openOnDemand, settingsFor } from '../support/on-demand.ts';

const NAMES = 10_000;
const SOME = fc.stringMatching(/^[a-z0-9]{6,12}$/);

describe('enumeration', () => {
  it('orders at most what the limit allows, and asks a bounded number of times', async () => {
    const labels = fc.sample(fc.uniqueArray(SOME, { minLength: NAMES, maxLength: NAMES }), 1)[0];
    let asked = 0;
    const settings = settingsFor('*.apps.example.com', { limit: { count: 5, perMs: DAY_MS } });
    await using test = await openOnDemand({
      settings: [settings],
      ask: async () => {
        asked += 1;
        return 'allowed';
      },
    });
    const before = process.memoryUsage().heapUsed;
    for (const [index, label] of (labels ?? []).entries()) {
      const clientAddress = `198.51.${(index >> 8) & 255}.${index & 255}`;
      await test.settle(`${label}.apps.example.com`, clientAddress);
      test.lifecycle.clock.advance(SECOND_MS / 10);
    }
    const made = await test.context.store.certificates.list({ limit: NAMES });
    expect(made).toHaveLength(5);
    expect(asked).toBe(5);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1_048_576);
  }, 60_000);

  it('asks a bounded number of times also where every name is refused', async () => {
    let asked = 0;
    await using test = await openOnDemand({
      settings: [settingsFor('*')],
      ask: async () => {
        asked += 1;
        return 'refused';
      },
    });
    for (let index = 0; index < NAMES; index += 1) {
      await test.settle(`n${index}.example.com`, `198.51.${(index >> 8) & 255}.${index & 255}`);
    }
    // All of it at one instant of the clock: what is there at once, and no more.
    expect(asked).toBe(100);
    expect(await test.context.store.certificates.list({ limit: 10 })).toEqual([]);
  }, 60_000);

  it('ends: of any labels, only so many deep and none twice', () => {
    const label = fc.constantFrom('a', 'b', 'www', 'example', 'com');
    const settings = settingsFor(ANY_HOST, { limit: { count: 1, perMs: HOUR_MS } });
    fc.assert(
      fc.property(fc.array(label, { minLength: 0, maxLength: 8 }), (below) => {
        const name = parseName([...below, 'example', 'com'].join('.'));
        if (objectionTo(name, settings) !== undefined) return;
        expect(below.length).toBeLessThanOrEqual(3);
        expect(new Set(below).size).toBe(below.length);
      }),
    );
  });
});
