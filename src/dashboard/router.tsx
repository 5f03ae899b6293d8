/**
 * Which page the address names, and how to get to another one.
 *
 * @module
 */
import { computed, signal } from '@preact/signals';
import type { AnchorHTMLAttributes, ComponentChildren } from 'preact';
import { DASHBOARD_PAGES, type DashboardPage } from '../api/http/dashboard-pages.ts';

export interface Place {
  /** `undefined` where there is no such page. */
  readonly page: DashboardPage | undefined;
  readonly id: string | undefined;
  readonly query: URLSearchParams;
}

const address = signal(new URL(location.href));
/** Counts up with each step to another page, not with what a page writes into its own address. */
export const visit = signal(0);

export const place = computed((): Place => {
  const [first = '', second, ...others] = address.value.pathname.slice(1).split('/');
  const page = DASHBOARD_PAGES.find((known) => known === first);
  return {
    page: others.length > 0 ? undefined : page,
    id: second === undefined || second === '' ? undefined : decodeURIComponent(second),
    query: address.value.searchParams,
  };
});

/** Where the page was left that Back or Forward has led to. */
let leftAt = 0;

export function startRouter(): void {
  // Its content is not there yet when the browser itself would scroll.
  history.scrollRestoration = 'manual';
  addEventListener('popstate', ({ state }: PopStateEvent) => {
    leftAt = (state as { scrollY?: number } | null)?.scrollY ?? 0;
    address.value = new URL(location.href);
    visit.value += 1;
  });
}

export function go(path: string): void {
  history.replaceState({ scrollY }, '', location.href);
  leftAt = 0;
  history.pushState(null, '', path);
  address.value = new URL(location.href);
  visit.value += 1;
}

/** For a page when it is in the document. */
export function scrollToWhereItWasLeft(): void {
  scrollTo(0, leftAt);
  leftAt = 0;
}

/** What a page shows of itself in its address: no step that Back would undo. */
export function rewrite(path: string): void {
  history.replaceState(history.state, '', path);
  address.value = new URL(location.href);
}

interface LinkProps extends Pick<AnchorHTMLAttributes, 'class' | 'title' | 'aria-current'> {
  readonly to: string;
  readonly children: ComponentChildren;
}

/** A link as any other; without a key held it does not load the document anew. */
export function Link({ to, children, ...others }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!isPlain) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...others} href={to} onClick={follow}>
      {children}
    </a>
  );
}
