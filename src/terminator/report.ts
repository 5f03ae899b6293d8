/**
 * What a terminator reports of itself to its control process.
 *
 * @module
 */
import { type Counters, createCounters } from './counters.ts';
import { addRow, clearGauges, createRow, type Row } from '../observe/counts.ts';

export interface TerminatorReport {
  readonly counters: Counters;
  /** By endpoint; `''` is for what belongs to none. */
  readonly rows: readonly (readonly [endpoint: string, row: readonly number[]])[];
  readonly upstreams: readonly UpstreamReport[];
}

export interface UpstreamReport {
  readonly upstream: string;
  /** `down` cannot be connected to, `unhealthy` fails its checks. */
  readonly state: 'up' | 'down' | 'unhealthy';
  /** Connections and requests that it has. */
  readonly open: number;
}

export interface ReportSum {
  readonly counters: Counters;
  readonly rows: ReadonlyMap<string, Row>;
}

export function sumReports(
  reports: Iterable<Pick<TerminatorReport, 'counters' | 'rows'>>,
): ReportSum {
  const counters = createCounters();
  const rows = new Map<string, Row>();
  for (const report of reports) {
    for (const name of Object.keys(counters) as (keyof Counters)[]) {
      counters[name] += report.counters[name];
    }
    for (const [endpoint, row] of report.rows) {
      const sum = rows.get(endpoint) ?? createRow();
      addRow(sum, row);
      rows.set(endpoint, sum);
    }
  }
  return { counters, rows };
}

/** What is left of a terminator that has ended: what it counted, and nothing that is open. */
export function epitaph({
  counters,
  rows,
}: Pick<TerminatorReport, 'counters' | 'rows'>): Pick<TerminatorReport, 'counters' | 'rows'> {
  return {
    counters: { ...counters, open: 0, upstreamsDown: 0 },
    rows: rows.map(([endpoint, row]) => {
      const left = Float64Array.from(row);
      clearGauges(left);
      return [endpoint, [...left]];
    }),
  };
}
