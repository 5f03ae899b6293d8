/**
 * Events, the newest first.
 *
 * @module
 */
import type { Event } from '../answers.ts';
import { wordsOf } from '../format.ts';
import { Link } from '../router.tsx';
import { Instant } from './instant.tsx';

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
                    names.join(', ')
                  ) : (
                    <Link to={`/certificates/${certificateId}`}>{names.join(', ')}</Link>
                  )}
                </>
              )}
            </span>
            <span class="muted small">
              <Instant at={timestamp} />
            </span>
          </p>
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

/** `certificate.renewal_failed.v1` → `Certificate renewal failed`. */
export function eventTitle(type: string): string {
  return wordsOf(type.replace(/\.v\d+$/, ''));
}
