/**
 * A list of the API, page after page as somebody asks for more.
 *
 * @module
 */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { PageOf, Problem } from './answers.ts';
import { get, pathOf, problemOf, type Query } from './client.ts';

export interface List<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly problem: Problem | undefined;
  readonly loadMore: () => void;
  /** Puts what has happened meanwhile at the beginning. */
  readonly add: (item: Item) => void;
}

interface Loaded<Item> {
  readonly items: readonly Item[];
  readonly next?: string | undefined;
  readonly problem?: Problem | undefined;
}

/** Begins anew when path or query change. */
export function useList<Item>(path: string, query: Query): List<Item> {
  const key = pathOf(path, query);
  const [loaded, setLoaded] = useState<Loaded<Item>>({ items: [] });
  const [isLoading, setLoading] = useState(true);

  const load = useCallback(
    async (cursor: string | undefined, signal?: AbortSignal): Promise<void> => {
      setLoading(true);
      try {
        const page = await get<PageOf<Item>>(path, { ...query, cursor }, signal);
        setLoaded(({ items }) => ({
          items: cursor === undefined ? page.items : [...items, ...page.items],
          next: page.next,
        }));
      } catch (thrown) {
        if (signal?.aborted === true) return;
        const problem = problemOf(thrown);
        setLoaded((before) => ({ ...before, problem }));
      }
      setLoading(false);
    },
    [key],
  );
  useEffect(() => {
    const left = new AbortController();
    setLoaded({ items: [] });
    void load(undefined, left.signal);
    return () => left.abort();
  }, [load]);

  return {
    items: loaded.items,
    hasMore: loaded.next !== undefined,
    isLoading,
    problem: loaded.problem,
    loadMore: () => void load(loaded.next),
    add: useCallback((item) => {
      setLoaded((before) => ({ ...before, items: [item, ...before.items] }));
    }, []),
  };
}
