/**
 * A list of the API, page after page as somebody asks for more.
 *
 * @module
 */
import { useEffect, useRef, useState } from 'preact/hooks';
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
  /** What is listed: what comes for another list does not belong here. */
  readonly key: string;
  readonly items: readonly Item[];
  readonly next?: string | undefined;
  readonly isLoading: boolean;
  readonly problem?: Problem | undefined;
}

/** Begins anew when path or query change. */
export function useList<Item extends { readonly id: string }>(
  path: string,
  query: Query,
): List<Item> {
  const key = pathOf(path, query);
  const nothing: Loaded<Item> = { key, items: [], isLoading: true };
  const [loaded, setLoaded] = useState(nothing);
  const running = useRef(new AbortController());

  const change = (update: (before: Loaded<Item>) => Loaded<Item>): void =>
    setLoaded((before) => (before.key === key ? update(before) : before));

  const load = async (cursor: string | undefined, { signal }: AbortController): Promise<void> => {
    change((before) => ({ ...before, isLoading: true, problem: undefined }));
    try {
      const page = await get<PageOf<Item>>(path, { ...query, cursor }, signal);
      if (signal.aborted) return;
      change(({ items }) => ({
        key,
        items: [...without(items, page.items), ...page.items],
        next: page.next,
        isLoading: false,
      }));
    } catch (thrown) {
      if (signal.aborted) return;
      change((before) => ({ ...before, isLoading: false, problem: problemOf(thrown) }));
    }
  };

  useEffect(() => {
    const begun = new AbortController();
    running.current = begun;
    setLoaded(nothing);
    void load(undefined, begun);
    return () => begun.abort();
  }, [key]);

  const { items, next, isLoading, problem } = loaded.key === key ? loaded : nothing;
  return {
    items,
    hasMore: next !== undefined,
    isLoading,
    problem,
    loadMore: () => {
      if (!isLoading) void load(next, running.current);
    },
    add: (item) =>
      change((before) => ({ ...before, items: [item, ...without(before.items, [item])] })),
  };
}

/** What is told twice is listed once: a stream and a page may both have it. */
function without<Item extends { readonly id: string }>(
  items: readonly Item[],
  others: readonly Item[],
): readonly Item[] {
  const ids = new Set(others.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}
