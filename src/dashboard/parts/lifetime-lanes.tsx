/**
 * The lives of some certificates side by side: from when to when, when certctl acts next, and now.
 *
 * @module
 */
import { useRef } from 'preact/hooks';
import type { Certificate } from '../answers.ts';
import { dayText, sentence } from '../format.ts';
import { now } from '../now.ts';
import { Link } from '../router.tsx';
import { StatusBadge } from './status-badge.tsx';
import { useWidth } from './use-width.ts';

const HEIGHT = 26;
const LEGEND = { past: 'until now', left: 'left', next: 'certctl acts', now: 'now' } as const;

export function LifetimeLanes({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const alive = certificates.filter(({ current }) => current !== undefined);
  const instants = alive.flatMap(({ current }) => [
    Date.parse(current?.notBefore ?? ''),
    Date.parse(current?.notAfter ?? ''),
  ]);
  const present = now.value.getTime();
  const [begin, end] = [Math.min(present, ...instants), Math.max(present, ...instants)];
  return (
    <>
      <p class="legend small" aria-hidden="true">
        {Object.entries(LEGEND).map(([kind, text]) => (
          <span key={kind}>
            <span class={`legend-${kind}`} /> {text}
          </span>
        ))}
      </p>
      <ol class="lanes">
        {alive.map((certificate) => (
          <Lane key={certificate.id} certificate={certificate} begin={begin} end={end} />
        ))}
      </ol>
    </>
  );
}

interface LaneProps {
  readonly certificate: Certificate;
  readonly begin: number;
  readonly end: number;
}

function Lane({ certificate, begin, end }: LaneProps) {
  const { id, names, status, current, next, failure } = certificate;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 400);
  const xOf = (instant: string | number): number => {
    const at = typeof instant === 'number' ? instant : Date.parse(instant);
    return ((at - begin) / Math.max(end - begin, 1)) * (width - 8) + 4;
  };
  if (current === undefined) return null;
  const { notBefore, notAfter } = current;
  const nextAt = failure?.retryAt ?? next.at;
  const isNextShown = nextAt !== undefined && Date.parse(nextAt) < end;
  const today = xOf(Math.min(Math.max(now.value.getTime(), begin), end));
  const [from, until] = [xOf(notBefore), xOf(notAfter)];
  const text = `From ${dayText(notBefore)} to ${dayText(notAfter)}. ${sentence(failure === undefined ? next.message : failure.error.message)}`;
  return (
    <li class="lane">
      <p class="lane-name">
        <Link to={`/certificates/${id}`} title={names.join('\n')}>
          {names[0]}
        </Link>
        {status !== 'valid' && <StatusBadge status={status} />}
      </p>
      <div ref={frame} class={`lane-picture status-${status}`}>
        <svg role="img" aria-label={text} width={width} height={HEIGHT}>
          <title>{text}</title>
          <rect
            class="lane-life"
            x={from}
            y={8}
            width={Math.max(until - from, 2)}
            height={10}
            rx={5}
          />
          <rect
            class="lane-past"
            x={from}
            y={8}
            width={Math.max(Math.min(today, until) - from, 0)}
            height={10}
            rx={5}
          />
          {isNextShown && (
            <path
              class="lane-next"
              d={`M${xOf(nextAt)} 3l5 5-5 5-5-5z`}
              transform="translate(0 5)"
            />
          )}
          <line class="lane-now" x1={today} x2={today} y1={0} y2={HEIGHT} />
        </svg>
      </div>
      <p class="lane-end small muted">{dayText(notAfter)}</p>
    </li>
  );
}
