/**
 * One solver's use of a shared listener: taken at the first answer, given back at the end.
 *
 * @module
 */
import type { ChallengeListener, ListenerHold } from './challenge-listener.ts';

export interface ListenerUse {
  start(): Promise<void>;
  end(): Promise<void>;
}

export function createListenerUse(listener: ChallengeListener | undefined): ListenerUse {
  let taking: Promise<ListenerHold> | undefined;
  return {
    start: async () => {
      if (listener === undefined) return;
      const mine = (taking ??= listener.acquire());
      try {
        await mine;
      } catch (thrown) {
        // The next answer tries again: the port may be free by then.
        if (taking === mine) taking = undefined;
        throw thrown;
      }
    },
    end: async () => {
      const mine = taking;
      taking = undefined;
      const hold = await mine?.catch(() => undefined);
      await hold?.release();
    },
  };
}
