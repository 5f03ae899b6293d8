/**
 * The lives of some certificates side by side: from when to when, when certctl acts next, and now.
 *
 * @module
 */
import { useRef } from 'preact/hooks';
import type { Certificate } from '../answers.ts';
import { dayText, sentence } from '../format.ts';
import { type LaneRange, laneRange, laneTicks } from '../lane-range.ts';
import { now } from '../now.ts';
import { Link } from '../router.tsx';
import { StatusBadge } from './status-badge.tsx';
import { useWidth } from './use-width.ts';

const HEIGHT = 26;
const SCALE_HEIGHT = 22;
const MARGIN = 4;
/** Between two instants that are written. */
const TICK_PX = 130;
const LEGEND = { past: 'until now', left: 'left', next: 'certctl acts', now: 'now' } as const;

export function LifetimeLanes({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const alive = certificates.filter(({ current }) => current !== undefined);
  const range = laneRange(
    alive.flatMap(({ current }) => current ?? []),
    now.value,
  );
  return (
    <>
      <p class="legend small" aria-hidden="true">
        {Object.entries(LEGEND).map(([kind, text]) => (
          <span key={kind}>
            <span class={`legend-${kind}`} /> {text}
          </span>
        ))}
      </p>
      <Scale range={range} />
      <ol class="lanes">
        {alive.map((certificate) => (
          <Lane key={certificate.id} certificate={certificate} range={range} />
        ))}
      </ol>
    </>
  );
}

/** What it says, each lane says in words. */
function Scale({ range }: { readonly range: LaneRange }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 400);
  const xOf = placeIn(range, width);
  return (
    <div class="lane lane-scale" aria-hidden="true">
      <div ref={frame} class="lane-picture">
        <svg width={width} height={SCALE_HEIGHT}>
          {laneTicks(range, Math.max(Math.floor(width / TICK_PX), 1)).map(({ at, label }) => (
            <g key={at}>
              <line class="chart-grid" x1={xOf(at)} x2={xOf(at)} y1={0} y2={SCALE_HEIGHT} />
              <text class="chart-label" x={xOf(at) + 4} y={SCALE_HEIGHT - 5}>
                {label}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
}

/** From an instant to its place in a picture so wide; what was before it is at its beginning. */
function placeIn({ begin, end }: LaneRange, width: number): (instant: string | number) => number {
  return (instant) => {
    const at = typeof instant === 'number' ? instant : Date.parse(instant);
    const part = Math.min(Math.max((at - begin) / (end - begin), 0), 1);
    return part * (width - 2 * MARGIN) + MARGIN;
  };
}

interface LaneProps {
  readonly certificate: Certificate;
  readonly range: LaneRange;
}

function Lane({ certificate, range }: LaneProps) {
  const { id, names, status, current, next, failure } = certificate;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 400);
  const xOf = placeIn(range, width);
  if (current === undefined) return null;
  const { notBefore, notAfter } = current;
  const nextAt = failure?.retryAt ?? next.at;
  const isNextShown = nextAt !== undefined && Date.parse(nextAt) < range.end;
  const today = xOf(now.value.getTime());
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
              d={`M${Math.max(xOf(nextAt), today)} 3l5 5-5 5-5-5z`}
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
