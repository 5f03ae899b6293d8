import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { quoteText } from './character-strings.ts';
import { ONE, TWO } from './provider.contract.ts';
import { createRecordSetProvider, type RecordSetApi } from './record-set-provider.ts';
import type { Zone } from './zone-search.ts';

const { signal } = new AbortController();
const clock = { ...systemClock, sleep: async () => {} };
const FOREIGN = '"of" "another"';

it('loses no value when many orders change one set at once', async () => {
  const host = openHost();
  const provider = createRecordSetProvider(host.api, clock);
  const values = Array.from({ length: 20 }, (_unused, index) => `value-${index}`);
  await Promise.all(values.map((value) => provider.addTxt({ name: ONE.name, value }, signal)));
  expect(new Set(host.contents)).toEqual(new Set(values.map(quoteText)));
  await Promise.all(values.map((value) => provider.removeTxt({ name: ONE.name, value }, signal)));
  expect(host.contents).toEqual([]);
});

it('reads again when somebody else was faster', async () => {
  const host = openHost();
  const provider = createRecordSetProvider(host.api, clock);
  host.beforeWrite.push(() => host.contents.push(FOREIGN));
  await provider.addTxt(ONE, signal);
  expect(host.contents).toEqual([FOREIGN, quoteText(ONE.value)]);
});

it('gives up when somebody else is always faster', async () => {
  const host = openHost();
  const provider = createRecordSetProvider(host.api, clock);
  host.beforeWrite.push(
    ...Array.from({ length: 9 }, (_unused, index) => () => host.contents.push(`"${index}"`)),
  );
  await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
    code: 'dns/unavailable',
    message: `cannot change the TXT records of ${ONE.name}`,
  });
  expect(host.contents).not.toContain(quoteText(ONE.value));
});

it('writes nothing when nothing changes', async () => {
  const host = openHost([FOREIGN, quoteText(ONE.value)]);
  const provider = createRecordSetProvider(host.api, clock);
  await provider.addTxt(ONE, signal);
  await provider.removeTxt(TWO, signal);
  expect(host.writes()).toBe(0);
});

it('goes on with the next order after one that was cancelled', async () => {
  const host = openHost();
  const provider = createRecordSetProvider(host.api, clock);
  const cancellation = new AbortController();
  const first = provider.addTxt(ONE, cancellation.signal);
  const second = provider.addTxt(TWO, signal);
  cancellation.abort(new Error('cancelled'));
  await expect(first).rejects.toThrow('cancelled');
  await second;
  expect(host.contents).toContain(quoteText(TWO.value));
});

/** A host with one record set, which notices other changes. */
function openHost(contents: string[] = []) {
  const beforeWrite: (() => void)[] = [];
  let writes = 0;
  const api: RecordSetApi<Zone> = {
    findZone: async () => ({ name: 'example.com' }),
    read: async () => {
      await wait(1);
      return { contents: [...contents], version: contents.join(' ') };
    },
    write: async ({ before, contents: wanted }) => {
      beforeWrite.shift()?.();
      await wait(1);
      if (before.version !== contents.join(' ')) return 'conflict';
      writes += 1;
      contents.splice(0, contents.length, ...wanted);
      return 'written';
    },
    close: async () => {},
  };
  return { api, contents, beforeWrite, writes: () => writes };
}
