/**
 * One after the other for each key, as hosts and programs without transactions need it.
 *
 * @module
 */

export interface Turns {
  /** Runs `work` after all earlier work of `key`; rejects at once when `signal` is aborted. */
  take<Result>(key: string, work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take: async (key, work, signal) => {
      const result = (last.get(key) ?? Promise.resolve()).then(() => {
        signal.throwIfAborted();
        return work();
      });
      const end = settledWith(result, () => {
        if (last.get(key) === end) last.delete(key);
      });
      last.set(key, end);
      return untilAborted(result, signal);
    },
    settled: async () => {
      await Promise.all(last.values());
    },
  };
}

async function settledWith(work: Promise<unknown>, forget: () => void): Promise<void> {
  await work.catch(() => {});
  forget();
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
