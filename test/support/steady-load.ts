/**
 * Clients that never stop: each makes one handshake after the other and echoes a line over it.
 *
 * @module
 */
import { type TlsTarget, connectTls, echo } from './tls-client.ts';

export interface SteadyLoad extends AsyncDisposable {
  readonly handshakes: number;
  readonly failures: readonly unknown[];
  /** Waits until so many more handshakes have succeeded. */
  more(handshakes: number): Promise<void>;
  stop(): Promise<void>;
}

export function startSteadyLoad(target: TlsTarget, clients: number): SteadyLoad {
  const failures: unknown[] = [];
  const stopping = new AbortController();
  let handshakes = 0;
  let onProgress = (): void => {};
  const work = Array.from({ length: clients }, async (_, index) => {
    while (!stopping.signal.aborted) {
      try {
        const fresh = await connectTls(target);
        await echo(fresh, `fresh ${index}`);
        fresh.destroy();
        handshakes += 1;
      } catch (error) {
        failures.push(error);
      }
      onProgress();
    }
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(work);
  };
  return {
    failures,
    get handshakes() {
      return handshakes;
    },
    more: (count) => {
      const goal = handshakes + count;
      const { promise, resolve } = Promise.withResolvers<void>();
      onProgress = () => {
        if (handshakes >= goal) resolve();
      };
      return promise;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
