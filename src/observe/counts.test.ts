import { describe, expect, it } from 'vitest';
import {
  add,
  addRow,
  clearGauges,
  createRow,
  OFFSETS,
  observeTime,
  read,
  REFUSALS,
  ROW_LENGTH,
} from './counts.ts';
import { viewCounts } from './counts-view.ts';
import { metric, metricFamilies, prometheusText } from './metrics.ts';

describe('a row of counts', () => {
  it('keeps families apart', () => {
    const row = createRow();
    add(row, OFFSETS.bytes + 1, 7);
    add(row, OFFSETS.refused + REFUSALS.indexOf('upstream'), 2);
    expect(read(row, 'bytes')).toEqual({ values: { in: 0, out: 7 } });
    expect(read(row, 'refused')).toMatchObject({ values: { upstream: 2, internal: 0 } });
    expect(row.filter((value) => value !== 0)).toHaveLength(2);
  });

  it('puts durations into the first bucket that holds them', () => {
    const row = createRow();
    for (const milliseconds of [0, 1, 1.5, 30_000, 30_001]) {
      observeTime(row, 'lookupTime', milliseconds);
    }
    const reading = read(row, 'lookupTime');
    expect(reading).toMatchObject({ count: 5, sumMs: 60_003.5 });
    expect('buckets' in reading && reading.buckets).toEqual([2, 3, ...Array(11).fill(3), 4, 5]);
  });

  it('adds up, without what is over', () => {
    const sum = createRow();
    const row = createRow();
    row.fill(1);
    addRow(sum, row);
    clearGauges(sum);
    addRow(sum, row);
    expect(read(sum, 'open')).toEqual({ value: 1 });
    expect(read(sum, 'connections')).toEqual({ value: 2 });
    expect(sum.reduce((all, value) => all + value)).toBe(2 * ROW_LENGTH - 1);
  });
});

it('a view leaves out what never was, and names quantiles by their buckets', () => {
  const row = createRow();
  add(row, OFFSETS.sessions, 1);
  for (const milliseconds of [2, 3, 40_000]) observeTime(row, 'requestTime', milliseconds);
  expect(viewCounts(row)).toEqual({
    open: 0,
    connections: 0,
    sessions: { full: 1 },
    requestTime: { count: 3, meanMs: 13_335, p50Ms: 5 },
  });
});

describe('metric families', () => {
  it('have a row of samples an endpoint', () => {
    const row = createRow();
    add(row, OFFSETS.requests + 1, 3);
    observeTime(row, 'requestTime', 4);
    const families = metricFamilies([
      ['a.example.com', row],
      ['b.example.com', createRow()],
    ]);
    const requests = families.find(({ name }) => name === 'certctl_requests_total');
    expect(requests).toMatchObject({ type: 'counter' });
    expect(requests?.samples).toContainEqual({
      labels: { endpoint: 'a.example.com', status: '2xx' },
      value: 3,
    });
    const times = families.find(({ name }) => name === 'certctl_request_seconds');
    const counts = times?.samples.filter(({ suffix }) => suffix === '_bucket');
    expect(counts?.map(({ labels, value }) => [labels['le'], value])).toEqual([
      ['0.001', 0],
      ['0.0025', 0],
      ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5'].map((le) => [le, 1]),
      ...['1', '2.5', '5', '10', '30', '+Inf'].map((le) => [le, 1]),
    ]);
  });

  it('are written as Prometheus reads them', () => {
    expect(
      prometheusText([
        {
          name: 'x_seconds',
          type: 'histogram',
          help: 'Help.',
          samples: [
            { suffix: '_sum', labels: { endpoint: 'a"b\\c\n' }, value: 0.5 },
            { suffix: '_count', labels: { endpoint: '' }, value: 2 },
          ],
        },
        { name: 'y', type: 'gauge', help: 'Help, too.', samples: [] },
        metric('z', 'gauge', 'More.', [[{}, 1]]),
      ]),
    ).toBe(
      '# HELP x_seconds Help.\n# TYPE x_seconds histogram\n' +
        'x_seconds_sum{endpoint="a\\"b\\\\c\\n"} 0.5\nx_seconds_count{endpoint=""} 2\n' +
        '# HELP y Help, too.\n# TYPE y gauge\n# HELP z More.\n# TYPE z gauge\nz 1\n',
    );
  });
});
