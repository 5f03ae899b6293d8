/**
 * An instant, as far away as it is; in full on hovering and for those who copy it.
 *
 * @module
 */
import { instantText, relativeText } from '../format.ts';
import { now } from '../now.ts';

interface Props {
  readonly at: string;
  /** Both the instant and how far away it is. */
  readonly isFull?: boolean;
}

export function Instant({ at, isFull = false }: Props) {
  const relative = relativeText(at, now.value);
  return (
    <time dateTime={at} title={instantText(at)}>
      {isFull ? (
        <>
          {instantText(at)} <span class="muted">({relative})</span>
        </>
      ) : (
        relative
      )}
    </time>
  );
}
