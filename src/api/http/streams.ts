/**
 * How many streams are open, in all and of each caller.
 *
 * @module
 */
import { after, type Clock, MINUTE_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { type Caller, callerKey } from '../access/caller.ts';

export interface Streams {
  /** Returns how to give it back. @throws `api/too-many-requests`. */
  take(caller: Caller): () => void;
}

export const MOST_OF_CALLER = 20;
const MOST = 200;

export function createStreams(clock: Clock): Streams {
  const open = new Map<string, number>();
  let all = 0;
  return {
    take(caller) {
      const key = callerKey(caller);
      const own = open.get(key) ?? 0;
      if (own >= MOST_OF_CALLER || all >= MOST) {
        const whose = own >= MOST_OF_CALLER ? 'of this caller ' : '';
        throw new AppError('api/too-many-requests', `too many streams ${whose}are open`, {
          mend: 'Close some of them, or read pages instead.',
          retryAt: after(clock.now(), MINUTE_MS),
        });
      }
      open.set(key, own + 1);
      all += 1;
      return () => {
        const left = (open.get(key) ?? 1) - 1;
        if (left > 0) open.set(key, left);
        else open.delete(key);
        all -= 1;
      };
    },
  };
}
