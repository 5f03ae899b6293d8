import { expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { createRow, OFFSETS } from '../observe/counts.ts';
import { createCounters } from '../terminator/counters.ts';
import { terminatorStatus } from './terminator-status.ts';

const row = (connections: number): number[] => {
  const counts = createRow();
  counts[OFFSETS.connections] = connections;
  return [...counts];
};

it('counts of all workers, also of those that are gone, and the worst word about an upstream', async () => {
  const upstream = 'http://127.0.0.1:1';
  const counters = { ...createCounters(), open: 1 };
  const status = await terminatorStatus(
    {
      former: { counters: createCounters(), rows: [['a.example.com', row(5)]] },
      reports: () =>
        Promise.resolve([
          {
            pid: 1,
            isDraining: false,
            counters,
            rows: [
              ['a.example.com', row(1)],
              ['', row(2)],
            ],
            upstreams: [{ upstream, state: 'down', open: 1 }],
          },
          {
            pid: 2,
            isDraining: true,
            counters,
            rows: [['tcp://0.0.0.0:25', row(3)]],
            upstreams: [{ upstream, state: 'up', open: 2 }],
          },
        ]),
    },
    [{ host: parseName('a.example.com'), protocol: 'tls', upstreams: [] }],
  );
  expect(status).toEqual({
    workers: [
      { pid: 1, isDraining: false, open: 1 },
      { pid: 2, isDraining: true, open: 1 },
    ],
    counters: { ...counters, open: 2 },
    endpoints: [
      { endpoint: '', counts: { open: 0, connections: 2 } },
      { endpoint: 'a.example.com', protocol: 'tls', counts: { open: 0, connections: 6 } },
      { endpoint: 'tcp://0.0.0.0:25', protocol: 'tcp', counts: { open: 0, connections: 3 } },
    ],
    upstreams: [{ upstream, state: 'down', open: 3 }],
  });
});
