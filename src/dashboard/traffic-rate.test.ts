import { describe, expect, it } from 'vitest';
import { ratesOf, type TrafficSample, withSample } from './traffic-rate.ts';

const sample = (at: number, connections: number): TrafficSample => ({
  at,
  connections,
  bytes: connections * 1_000,
});

describe('traffic', () => {
  it('is so much a second between two moments', () => {
    const samples = [sample(0, 10), sample(2_000, 14), sample(3_000, 14)];
    expect(ratesOf(samples)).toEqual([
      { connections: 2, bytes: 2_000 },
      { connections: 0, bytes: 0 },
    ]);
    expect(ratesOf([sample(0, 10)])).toEqual([]);
  });

  it('is looked at anew when the daemon has begun again, and not from its beginning', () => {
    expect(withSample([sample(0, 10)], sample(1_000, 3))).toEqual([sample(1_000, 3)]);
    let samples: TrafficSample[] = [];
    for (let count = 0; count < 200; count += 1)
      samples = withSample(samples, sample(count, count));
    expect(samples).toHaveLength(61);
    expect(withSample(samples, sample(199, 500))).toEqual(samples);
  });
});
