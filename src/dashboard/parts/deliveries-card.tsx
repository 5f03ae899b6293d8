/**
 * Who is told of events, what still waits, and what was given up, to be tried again.
 *
 * @module
 */
import { useRef, useState } from 'preact/hooks';
import type { Backlog, DeadDelivery, Problem } from '../answers.ts';
import { get, post, problemOf } from '../client.ts';
import { amountText, countText, sentence } from '../format.ts';
import { may } from '../session.ts';
import { useResource } from '../use-resource.ts';
import { eventTitle } from './event-list.tsx';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';
import { ProblemPanel } from './problem-panel.tsx';
import { Badge } from './status-badge.tsx';

const REFRESH_MS = 15_000;
const MOST_DEAD = 20;

interface Deliveries {
  readonly subscriptions: readonly Backlog[];
  /** The newest of them. */
  readonly dead: readonly DeadDelivery[];
}

/** What to try again; all where nothing is chosen. */
interface Choice {
  readonly subscription?: string;
  readonly event?: string;
}

async function load(signal: AbortSignal): Promise<Deliveries> {
  const [subscriptions, dead] = await Promise.all([
    get<{ items: readonly Backlog[] }>('/v1/subscriptions', {}, signal),
    get<{ items: readonly DeadDelivery[] }>('/v1/deliveries/dead', { limit: MOST_DEAD }, signal),
  ]);
  return { subscriptions: subscriptions.items, dead: dead.items };
}

export function DeliveriesCard() {
  const deliveries = useResource('deliveries', load, { everyMs: REFRESH_MS });
  const [said, setSaid] = useState<string>();
  const [refused, setRefused] = useState<Problem>();
  const heading = useRef<HTMLHeadingElement>(null);

  const replay = async (choice: Choice): Promise<void> => {
    setRefused(undefined);
    try {
      const { replayed } = await post<{ replayed: number }>('/v1/deliveries/replay', choice);
      setSaid(`${countText(replayed, 'delivery is', 'deliveries are')} tried again.`);
      deliveries.reload();
      // The button that had the focus goes.
      heading.current?.focus();
    } catch (thrown) {
      setRefused(problemOf(thrown));
    }
  };

  const { value, problem = refused } = deliveries;
  const { subscriptions = [], dead = [] } = value ?? {};
  const given = subscriptions.reduce((sum, each) => sum + each.dead, 0);
  if (subscriptions.length === 0 && dead.length === 0 && problem === undefined) return null;
  return (
    <section class="card" aria-labelledby="deliveries-title">
      <div class="card-head">
        <h2 id="deliveries-title" ref={heading} tabIndex={-1}>
          Deliveries
        </h2>
        {given > 1 && may('operator') && (
          <button type="button" class="button" onClick={() => void replay({})}>
            <Icon name="renew" />
            Try all {amountText(given)} again
          </button>
        )}
      </div>
      {problem !== undefined && <ProblemPanel problem={problem} />}
      {said !== undefined && (
        <p class="note" role="status">
          {said}
        </p>
      )}
      <ul class="subscriptions" aria-label="Subscriptions">
        {subscriptions.map((each) => (
          <li key={each.subscription}>
            <strong>{each.subscription}</strong> <Standing {...each} />
          </li>
        ))}
      </ul>
      {dead.length > 0 && (
        <ul class="entries" aria-label="Given up">
          {dead.map((each) => (
            <GivenUp
              key={`${each.subscription} ${each.event.id}`}
              delivery={each}
              onReplay={() =>
                void replay({ subscription: each.subscription, event: each.event.id })
              }
            />
          ))}
        </ul>
      )}
      {given > dead.length && dead.length > 0 && (
        <p class="muted small">The newest {dead.length} of those that were given up.</p>
      )}
    </section>
  );
}

function Standing({ waiting, dead }: Backlog) {
  return (
    <>
      {waiting > 0 && (
        <Badge status="pending" icon="clock" label={`${amountText(waiting)} waiting`} />
      )}{' '}
      {dead > 0 && <Badge status="failing" icon="warning" label={`${amountText(dead)} given up`} />}
      {waiting + dead === 0 && <Badge status="valid" icon="tick" label="All delivered" />}
    </>
  );
}

interface GivenUpProps {
  readonly delivery: DeadDelivery;
  readonly onReplay: () => void;
}

function GivenUp({ delivery, onReplay }: GivenUpProps) {
  const { subscription, event, attempts, error, deadAt } = delivery;
  const title = eventTitle(event.type);
  return (
    <li>
      <p class="entry-head">
        <span>
          <span class="event-type">{title}</span> {event.names.join(', ')}
        </span>
        {may('operator') && (
          <button type="button" class="button" onClick={onReplay}>
            Try again
            <span class="hidden">
              {' '}
              {title} for {subscription}
            </span>
          </button>
        )}
      </p>
      <p class="small">{sentence(error)}</p>
      <p class="muted small">
        For {subscription}; {countText(attempts, 'attempt')}
        {deadAt !== undefined && (
          <>
            , given up <Instant at={deadAt} />
          </>
        )}
        ; it happened <Instant at={event.timestamp} isFull />
      </p>
    </li>
  );
}
