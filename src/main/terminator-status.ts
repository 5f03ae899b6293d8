/**
 * What the terminator workers count and hold, put together for people and programs.
 *
 * @module
 */
import type { TerminatorStatus } from '../api/operations.ts';
import type { Endpoint } from '../feed/feed.ts';
import { viewCounts } from '../observe/counts-view.ts';
import { sumReports, type TerminatorReport, type UpstreamReport } from '../terminator/report.ts';
import type { Workers } from '../terminator/workers/supervisor.ts';

export type WorkersView = Pick<Workers, 'reports' | 'former'>;

export async function terminatorStatus(
  workers: WorkersView,
  endpoints: readonly Endpoint[],
): Promise<TerminatorStatus> {
  const reports = await workers.reports();
  const { counters, rows } = sumReports([workers.former, ...reports]);
  const protocols = new Map(endpoints.map(({ host, protocol }) => [String(host), protocol]));
  return {
    workers: reports.map(({ pid, isDraining, counters: own }) => ({
      pid,
      isDraining,
      open: own.open,
    })),
    counters,
    endpoints: [...rows]
      .map(([endpoint, row]) => {
        const protocol =
          protocols.get(endpoint) ?? (endpoint.startsWith('tcp://') ? 'tcp' : undefined);
        return {
          endpoint,
          ...(protocol === undefined ? {} : { protocol }),
          counts: viewCounts(row),
        };
      })
      .toSorted((one, other) => (one.endpoint < other.endpoint ? -1 : 1)),
    upstreams: mergeUpstreams(reports),
  };
}

/** Each worker judges for itself: an upstream is as well as the worst of them finds it. */
export function mergeUpstreams(
  reports: readonly Pick<TerminatorReport, 'upstreams'>[],
): UpstreamReport[] {
  const merged = new Map<string, UpstreamReport>();
  for (const report of reports.flatMap(({ upstreams }) => upstreams)) {
    const { upstream, state, open } = report;
    const known = merged.get(upstream);
    merged.set(
      upstream,
      known === undefined
        ? report
        : { upstream, state: worse(known.state, state), open: known.open + open },
    );
  }
  return [...merged.values()];
}

const FROM_BEST = ['up', 'down', 'unhealthy'] as const;

function worse(one: UpstreamReport['state'], other: UpstreamReport['state']) {
  return FROM_BEST.indexOf(one) > FROM_BEST.indexOf(other) ? one : other;
}
