/**
 * Events, the newest first.
 *
 * @module
 */
import { gistOf } from '../../observe/events/gist.ts';
import type { Event } from '../answers.ts';
import { countText, wordsOf } from '../format.ts';
import { Link } from '../router.tsx';
import { Instant } from './instant.tsx';

const MOST_NAMES = 3;

interface Props {
  readonly events: readonly Event[];
  /** All are of the same certificate. */
  readonly isOfOne?: boolean;
}

export function EventList({ events, isOfOne = false }: Props) {
  return (
    <ul class="entries">
      {events.map(({ id, type, timestamp, names, certificateId, data }) => (
        <li key={id}>
          <p class="entry-head">
            <span>
              <span class="event-type">{eventTitle(type)}</span>
              {!isOfOne && names.length > 0 && (
                <>
                  {' '}
                  {certificateId === undefined ? (
                    namesText(names)
                  ) : (
                    <Link to={`/certificates/${certificateId}`}>{namesText(names)}</Link>
                  )}
                </>
              )}
            </span>
            <span class="muted small">
              <Instant at={timestamp} />
            </span>
          </p>
          <Gist data={data} />
          <details class="small">
            <summary>
              <code>{type}</code>
            </summary>
            <pre tabIndex={0}>{JSON.stringify(data, null, 2)}</pre>
          </details>
        </li>
      ))}
    </ul>
  );
}

function Gist({ data }: Pick<Event, 'data'>) {
  const gist = gistOf({ data });
  return gist === '' ? null : <p class="small">{gist}</p>;
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES
    ? `${shown} and ${countText(names.length - MOST_NAMES, 'other')}`
    : shown;
}

/** `certificate.renewal_failed.v1` → `Certificate renewal failed`. */
export function eventTitle(type: string): string {
  return wordsOf(type.replace(/\.v\d+$/, ''));
}
