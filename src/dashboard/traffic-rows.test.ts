import { describe, expect, it } from 'vitest';
import { labelledIn, refusalsOf, sumOf, trafficRows } from './traffic-rows.ts';

const ENDPOINT = { host: 'a.example.com', isTerminated: true, upstreams: ['tcp://127.0.0.1:1'] };
const COUNTS = {
  open: 2,
  connections: 9,
  bytes: { in: 5, out: 7 },
  refused: { internal: 1, 'unknown-name': 4 },
};

describe('traffic', () => {
  it('has the busiest endpoints first, and those without any traffic', () => {
    const endpoints = ['b', 'a'].map((name) => ({
      ...ENDPOINT,
      host: `${name}.example.com`,
      protocol: 'tls',
    }));
    const counted = [
      { endpoint: '', counts: { connections: 3 } },
      { endpoint: 'a.example.com', protocol: 'tls', counts: COUNTS },
    ];
    expect(trafficRows(counted, endpoints).map(({ title }) => title)).toEqual([
      'a.example.com',
      'No endpoint',
      'b.example.com',
    ]);
  });

  it('is summed up by family and label', () => {
    expect(sumOf([COUNTS, COUNTS], 'open')).toBe(4);
    expect(sumOf([COUNTS], 'bytes')).toBe(12);
    expect(sumOf([COUNTS], 'bytes', 'out')).toBe(7);
    expect(sumOf([COUNTS], 'nothing')).toBe(0);
    expect(Object.keys(refusalsOf(COUNTS))).toEqual(['unknown-name', 'internal']);
    expect(labelledIn(undefined)).toEqual({});
  });
});
