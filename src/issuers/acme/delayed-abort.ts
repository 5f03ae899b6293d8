/**
 * A signal that gives what is under way some time to end well.
 *
 * @module
 */

/**
 * Aborted `graceMs` after `signal` is. `onAbort` is called when the grace begins. Dispose it when
 * the work is done.
 */
export function delayedAbort(
  signal: AbortSignal,
  graceMs: number,
  onAbort: () => void,
): Disposable & { readonly signal: AbortSignal } {
  const delayed = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    onAbort();
    timer = setTimeout(() => delayed.abort(signal.reason), graceMs);
  };
  signal.addEventListener('abort', begin, { once: true });
  return {
    signal: delayed.signal,
    [Symbol.dispose]() {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}
