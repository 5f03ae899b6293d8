/**
 * What a page gets from the API: asked for, shown, and asked for again.
 *
 * @module
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from './answers.ts';
import { problemOf } from './client.ts';

export interface Resource<T> {
  /** The last that came, also while or after a later attempt fails. */
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Asks again, and keeps what is shown until the answer is there. */
  readonly reload: () => void;
}

export interface ResourceOptions<T> {
  /** How often to ask again while the page is seen; it may depend on what came. */
  readonly everyMs?: number | ((value: T | undefined) => number);
}

/** @param key what is asked for: when it changes, what was shown before goes. */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: ResourceOptions<T> = {},
): Resource<T> {
  const [state, setState] = useState<{ key: string; value?: T; problem?: Problem }>({ key });
  const [isLoading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const reload = useCallback(() => setTurn((count) => count + 1), []);

  useEffect(() => {
    const left = new AbortController();
    setLoading(true);
    latest
      .current(left.signal)
      .then(
        (value) => setState({ key, value }),
        (thrown: unknown) => {
          if (left.signal.aborted) return;
          const problem = problemOf(thrown);
          setState((before) => (before.key === key ? { ...before, problem } : { key, problem }));
        },
      )
      .finally(() => !left.signal.aborted && setLoading(false));
    return () => left.abort();
  }, [key, turn]);

  const isCurrent = state.key === key;
  const value = isCurrent ? state.value : undefined;
  const waitMs = typeof everyMs === 'function' ? everyMs(value) : everyMs;
  useEffect(() => {
    if (waitMs === undefined) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), waitMs);
    return () => clearInterval(timer);
  }, [waitMs, reload]);

  return {
    value,
    problem: isCurrent ? state.problem : undefined,
    isLoading,
    reload,
  };
}
