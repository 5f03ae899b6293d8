/**
 * What every page begins with: its title, which has the focus after each step to another page.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { noticeHere } from '../notice.ts';
import { Icon } from '../parts/icon.tsx';
import { scrollToWhereItWasLeft, visit } from '../router.tsx';

export interface PageProps {
  /** Of one resource, from the address. */
  readonly id: string;
  readonly query: URLSearchParams;
}

interface Props {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Page({ title, lead, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · certctl`;
  }, [title]);
  useLayoutEffect(scrollToWhereItWasLeft, []);
  useEffect(() => {
    // Not when the document has just been loaded: the browser begins at its top itself.
    if (visit.peek() > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  const notice = noticeHere();
  return (
    <div class="page">
      {notice !== undefined && (
        <div class="panel panel-good" role="status">
          <Icon name="tick" />
          <p>{notice}</p>
        </div>
      )}
      <div class="page-head">
        <div class="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p class="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
