import { expect, it } from 'vitest';
import { createRow, OFFSETS } from '../observe/counts.ts';
import { createCounters } from './counters.ts';
import { epitaph, sumReports, type TerminatorReport } from './report.ts';

const report = (endpoint: string, open: number, connections: number): TerminatorReport => {
  const row = createRow();
  row[OFFSETS.open] = open;
  row[OFFSETS.connections] = connections;
  return {
    counters: { ...createCounters(), open, accepted: connections, upstreamsDown: 1 },
    rows: [[endpoint, [...row]]],
    upstreams: [],
  };
};

it('reports of workers add up, and those that ended have nothing open', () => {
  const sum = sumReports([
    report('a', 1, 2),
    report('a', 1, 3),
    report('b', 1, 4),
    epitaph(report('a', 5, 10)),
  ]);
  expect(sum.counters).toMatchObject({ open: 3, accepted: 19, upstreamsDown: 3 });
  const of = (endpoint: string) => sum.rows.get(endpoint);
  expect([of('a')?.[OFFSETS.open], of('a')?.[OFFSETS.connections]]).toEqual([2, 15]);
  expect([of('b')?.[OFFSETS.open], of('b')?.[OFFSETS.connections]]).toEqual([1, 4]);
});
