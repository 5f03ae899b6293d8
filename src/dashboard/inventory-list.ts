/**
 * The pages of one search, as far as they were scrolled to; kept while somebody looks at one of them.
 *
 * @module
 */
import { signal } from '@preact/signals';
import type { Certificate, PageOf, Problem } from './answers.ts';
import { get, pathOf, problemOf, type Query } from './client.ts';

const PAGE = 200;
/** Longer lists stay as they are until they are searched anew. */
const MOST_REFRESHED = 2_000;

export interface InventoryList {
  /** The search as the API takes it. */
  readonly key: string;
  readonly rows: readonly Certificate[];
  readonly next: string | undefined;
  readonly isLoading: boolean;
  readonly problem: Problem | undefined;
}

const NOTHING: InventoryList = {
  key: '',
  rows: [],
  next: undefined,
  isLoading: false,
  problem: undefined,
};

export const inventory = signal<InventoryList>(NOTHING);
let running = new AbortController();

/**
 * Shows the search from its beginning; until its answer is there, what was shown before. What is
 * shown already is asked for anew, as far as it was scrolled to.
 */
export async function search(query: Query): Promise<void> {
  const key = keyOf(query);
  const begun = startOver();
  const before = inventory.value;
  const wanted = before.key === key ? before.rows.length : 0;
  inventory.value = { ...before, isLoading: wanted <= MOST_REFRESHED, problem: undefined };
  if (wanted > MOST_REFRESHED) return;
  try {
    const rows: Certificate[] = [];
    let next: string | undefined;
    do {
      const page = await ask(query, next, begun.signal);
      rows.push(...page.items);
      next = page.next;
    } while (next !== undefined && rows.length < wanted);
    inventory.value = { ...NOTHING, key, rows, next };
  } catch (thrown) {
    if (begun.signal.aborted) return;
    inventory.value = { ...NOTHING, key, problem: problemOf(thrown) };
  }
}

/**
 * The page after the last one, unless it is on its way, or there is none, or what is shown is still
 * that of another search.
 */
export async function loadMore(query: Query): Promise<void> {
  const { key, next, isLoading, rows } = inventory.value;
  if (next === undefined || isLoading || key !== keyOf(query)) return;
  const { signal: stopped } = running;
  inventory.value = { ...inventory.value, isLoading: true, problem: undefined };
  try {
    const page = await ask(query, next, stopped);
    const loaded = { rows: [...rows, ...page.items], next: page.next };
    inventory.value = { ...inventory.value, ...loaded, isLoading: false };
  } catch (thrown) {
    if (stopped.aborted) return;
    inventory.value = { ...inventory.value, isLoading: false, problem: problemOf(thrown) };
  }
}

/** For whoever signs in next. */
export function forgetInventory(): void {
  startOver();
  inventory.value = NOTHING;
}

function keyOf(query: Query): string {
  return pathOf('/v1/certificates', query);
}

function startOver(): AbortController {
  running.abort();
  running = new AbortController();
  return running;
}

function ask(query: Query, cursor: string | undefined, stopped: AbortSignal) {
  const page = { ...query, limit: PAGE, cursor };
  return get<PageOf<Certificate>>('/v1/certificates', page, stopped);
}
