/**
 * A picture of who expires when; a table says the same in words.
 *
 * @module
 */
import { useRef } from 'preact/hooks';
import { type ExpiryPeriod, scaleTop } from '../expiry-periods.ts';
import { amountText, countText } from '../format.ts';
import { go, Link } from '../router.tsx';
import { useWidth } from './use-width.ts';
import { ScrollTable } from './scroll-table.tsx';

const COLUMNS = ['From', 'Before', { number: 'Certificates' }] as const;

interface Props {
  readonly periods: readonly ExpiryPeriod[];
  readonly height?: number;
}

const LEFT = 44;
const BOTTOM = 22;
const TOP = 8;
const SOON_DAYS = 7;
const LABEL_PX = 90;

export function ExpiryChart({ periods, height = 190 }: Props) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame, 800);
  const top = scaleTop(Math.max(0, ...periods.map(({ certificates }) => certificates)));
  const step = (width - LEFT) / Math.max(periods.length, 1);
  const inner = height - BOTTOM - TOP;
  const yOf = (certificates: number): number => TOP + inner * (1 - certificates / top);
  const labelEvery = Math.max(1, Math.ceil(LABEL_PX / step));
  const all = periods.reduce((sum, { certificates }) => sum + certificates, 0);
  const last = periods.at(-1)?.until ?? '';
  return (
    <figure ref={frame} class="chart">
      <svg
        role="img"
        aria-label={`${countText(all, 'certificate expires', 'certificates expire')} before ${last}; the timeline has the numbers as a table`}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
      >
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line class="chart-grid" x1={LEFT} x2={width} y1={yOf(value)} y2={yOf(value)} />
            <text class="chart-label" x={LEFT - 8} y={yOf(value) + 4} text-anchor="end">
              {amountText(value)}
            </text>
          </g>
        ))}
        {all === 0 && (
          <text class="chart-label" x={(LEFT + width) / 2} y={TOP + inner / 4} text-anchor="middle">
            None expires in this time
          </text>
        )}
        {periods.map(({ from, until, days, certificates }, index) => (
          <g key={from}>
            {certificates > 0 && (
              <rect
                class={`chart-bar ${days < SOON_DAYS ? 'is-soon' : ''}`}
                x={LEFT + index * step + Math.min(1, step * 0.1)}
                y={Math.min(yOf(certificates), TOP + inner - 2)}
                width={Math.max(step - Math.min(2, step * 0.2), 1)}
                height={Math.max(TOP + inner - yOf(certificates), 2)}
                rx={Math.min(2, step / 4)}
                onClick={() => go(inventoryPath(from, until))}
              >
                <title>{`${from}: ${countText(certificates, 'certificate')}`}</title>
              </rect>
            )}
            {index % labelEvery === 0 && (
              <text class="chart-label" x={LEFT + index * step} y={height - 6}>
                {from}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

export function ExpiryTable({ periods }: Props) {
  const some = periods.filter(({ certificates }) => certificates > 0);
  return (
    <details>
      <summary>The same as a table</summary>
      <ScrollTable of="expiry" columns={COLUMNS} isNarrow>
        {some.map(({ from, until, certificates }) => (
          <tr key={from}>
            <td>
              <Link to={inventoryPath(from, until)}>{from}</Link>
            </td>
            <td>{until}</td>
            <td class="number">{amountText(certificates)}</td>
          </tr>
        ))}
      </ScrollTable>
    </details>
  );
}

export function inventoryPath(from: string, until: string): string {
  return `/certificates?expires_from=${from}&expires_before=${until}`;
}
