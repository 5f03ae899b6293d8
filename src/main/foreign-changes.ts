/**
 * Notices what other processes commit to the store, e.g. a command that began before the daemon.
 *
 * @module
 */
import { SECOND_MS } from '../core/clock.ts';
import type { Store } from '../store/store.ts';

const LOOK_EVERY_MS = SECOND_MS / 4;

/** Calls `onChange` after each foreign commit; returns how to stop. */
export function watchForeignChanges(store: Store, onChange: () => void): () => void {
  let last: number | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const seen = await store.foreignChanges();
      if (last !== undefined && seen !== last) onChange();
      last = seen;
    } catch {
      // A locked store is asked again soon.
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
