/**
 * What happened, and what happens while somebody looks.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import { EVENT_GROUPS, type EventGroup } from '../event-groups.ts';
import type { Event, Problem } from '../answers.ts';
import { pathOf, problemOf } from '../client.ts';
import { DeliveriesCard } from '../parts/deliveries-card.tsx';
import { EventList } from '../parts/event-list.tsx';
import { Empty } from '../parts/loading.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { ProblemPanel } from '../parts/problem-panel.tsx';
import { rewrite } from '../router.tsx';
import { followEvents } from '../server-sent-events.ts';
import { isBound } from '../session.ts';
import { useList } from '../use-list.ts';
import { Page, type PageProps } from './page.tsx';

export function EventsPage({ query }: PageProps) {
  const [group, setGroup] = useState<EventGroup>(
    () => EVENT_GROUPS.find(({ type }) => type === query.get('type')) ?? EVENT_GROUPS[0],
  );
  const { type } = group;
  const filter = { type: type === '' ? undefined : type };
  const list = useList<Event>('/v1/events', { ...filter, limit: 50 });
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    rewrite(pathOf('/events', filter));
    const left = new AbortController();
    follow(pathOf('/v1/events/stream', filter), left.signal, list.add, setOpen).catch(
      (thrown: unknown) => left.signal.aborted || setProblem(problemOf(thrown)),
    );
    return () => left.abort();
  }, [type]);

  return (
    <Page title="Events" lead="What happened, and what happens now.">
      <div class="toolbar">
        <div class="chips" role="group" aria-label="Kind">
          {EVENT_GROUPS.map((each) => (
            <button
              key={each.type}
              type="button"
              class="chip"
              aria-pressed={each === group}
              onClick={() => setGroup(each)}
            >
              {each.label}
            </button>
          ))}
        </div>
        <p class="live small" role="status">
          <span class={`live-dot ${isOpen ? 'is-open' : ''}`} aria-hidden="true" />
          {isOpen ? 'Shown as they happen' : 'Connecting…'}
        </p>
      </div>
      {problem !== undefined && <ProblemPanel problem={problem} />}
      {!isBound() && <DeliveriesCard />}
      <section class="card" aria-label="Events">
        {list.items.length === 0 && !list.isLoading && list.problem === undefined && (
          <Empty>Nothing of this kind has happened yet.</Empty>
        )}
        <div aria-live="polite" aria-relevant="additions">
          <EventList events={list.items} />
        </div>
        <MoreButton list={list} what="events" />
      </section>
    </Page>
  );
}

async function follow(
  path: string,
  signal: AbortSignal,
  add: (event: Event) => void,
  onConnection: (isOpen: boolean) => void,
): Promise<void> {
  for await (const { data } of followEvents(path, signal, onConnection)) {
    add(JSON.parse(data) as Event);
  }
}
