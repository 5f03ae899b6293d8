/**
 * How much traffic there is while somebody looks.
 *
 * @module
 */
import { useRef } from 'preact/hooks';
import { scaleTop } from '../expiry-periods.ts';
import { amountText, bytesText } from '../format.ts';
import { ratesOf, type TrafficSample } from '../traffic-rate.ts';
import { useWidth } from './use-width.ts';

const HEIGHT = 110;
const TOP = 6;
const LEFT = 44;
const MOST = 60;

export function TrafficChart({ samples }: { readonly samples: readonly TrafficSample[] }) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame, 800);
  const rates = ratesOf(samples);
  const now = rates.at(-1);
  const top = scaleTop(Math.max(0, ...rates.map(({ connections }) => connections)));
  const step = (width - LEFT) / (MOST - 1);
  const points = rates.map(({ connections }, index) => {
    const x = width - (rates.length - 1 - index) * step;
    return `${x.toFixed(1)},${(TOP + (HEIGHT - 2 * TOP) * (1 - connections / top)).toFixed(1)}`;
  });
  const text =
    now === undefined
      ? 'Counting…'
      : `${now.connections.toFixed(1)} connections and ${bytesText(now.bytes)} a second`;
  return (
    <section class="card" aria-labelledby="now-title">
      <div class="card-head">
        <h2 id="now-title">Now</h2>
        <p class="muted">{text}</p>
      </div>
      <figure ref={frame} class="chart">
        <svg
          role="img"
          aria-label="New connections a second, the last minutes"
          width={width}
          height={HEIGHT}
        >
          {[0, top / 2, top].map((value) => {
            const y = TOP + (HEIGHT - 2 * TOP) * (1 - value / top);
            return (
              <g key={value}>
                <line class="chart-grid" x1={LEFT} x2={width} y1={y} y2={y} />
                <text class="chart-label" x={LEFT - 8} y={y + 4} text-anchor="end">
                  {amountText(value)}
                </text>
              </g>
            );
          })}
          {points.length > 1 && <polyline class="chart-line" points={points.join(' ')} />}
        </svg>
        <figcaption class="muted small">New connections a second, the last minutes</figcaption>
      </figure>
    </section>
  );
}
