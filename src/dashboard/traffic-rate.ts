/**
 * How fast the terminator's counts grow, from what was counted at several moments.
 *
 * @module
 */

export interface TrafficSample {
  /** Milliseconds. */
  readonly at: number;
  readonly connections: number;
  readonly bytes: number;
}

export interface TrafficRate {
  readonly connections: number;
  readonly bytes: number;
}

const MOST_SAMPLES = 61;

export function withSample(
  samples: readonly TrafficSample[],
  sample: TrafficSample,
): TrafficSample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.at <= last.at) return [...samples];
  // A daemon that has begun again counts from zero.
  const hasBegunAgain =
    last !== undefined && (sample.connections < last.connections || sample.bytes < last.bytes);
  return hasBegunAgain ? [sample] : [...samples, sample].slice(-MOST_SAMPLES);
}

/** A second's worth between each sample and the next. */
export function ratesOf(samples: readonly TrafficSample[]): TrafficRate[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample;
    const seconds = Math.max(sample.at - before.at, 1) / 1_000;
    return {
      connections: (sample.connections - before.connections) / seconds,
      bytes: (sample.bytes - before.bytes) / seconds,
    };
  });
}
