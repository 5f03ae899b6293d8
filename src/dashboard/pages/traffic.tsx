/**
 * What the terminator serves: connections, handshakes, bytes and refusals of each endpoint.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import type { Endpoint, Status } from '../answers.ts';
import { get } from '../client.ts';
import { amountText, bytesText, countText } from '../format.ts';
import { Instant } from '../parts/instant.tsx';
import { Empty, Loaded } from '../parts/loading.tsx';
import { EndpointDetails } from '../parts/endpoint-details.tsx';
import { TrafficChart } from '../parts/traffic-chart.tsx';
import { type TrafficSample, withSample } from '../traffic-rate.ts';
import { refusalsOf, sumOf, type TrafficRow, trafficRows } from '../traffic-rows.ts';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';
import { ScrollTable } from '../parts/scroll-table.tsx';
import { Badge } from '../parts/status-badge.tsx';

const UP = { icon: 'tick', status: 'valid' } as const;
const DOWN = { icon: 'warning', status: 'failing' } as const;

const COLUMNS = [
  'Endpoint',
  'Protocol',
  { number: 'Open' },
  { number: 'Handshakes' },
  { number: 'Requests' },
  { number: 'In' },
  { number: 'Out' },
  { number: 'Refused' },
] as const;

const REFRESH_MS = 3_000;

interface Traffic {
  readonly status: Status;
  readonly endpoints: readonly Endpoint[];
}

async function load(signal: AbortSignal): Promise<Traffic> {
  const [status, { items }] = await Promise.all([
    get<Status>('/v1/status', {}, signal),
    get<{ items: readonly Endpoint[] }>('/v1/endpoints', {}, signal),
  ]);
  return { status, endpoints: items };
}

export function TrafficPage() {
  const traffic = useResource('traffic', load, { everyMs: REFRESH_MS });
  return (
    <Page title="Traffic" lead="What the terminator has served since it began.">
      <Loaded of={traffic} what="the traffic">
        {({ status, endpoints }) => <Served status={status} endpoints={endpoints} />}
      </Loaded>
    </Page>
  );
}

function Served({ status, endpoints }: Traffic) {
  const { terminator, listeners, startedAt, version } = status;
  const rows = trafficRows(terminator?.endpoints ?? [], endpoints);
  const all = rows.map(({ counts }) => counts);
  const [connections, bytes] = [sumOf(all, 'connections'), sumOf(all, 'bytes')];
  const [samples, setSamples] = useState<readonly TrafficSample[]>([]);
  useEffect(() => {
    setSamples((before) => withSample(before, { at: performance.now(), connections, bytes }));
  }, [status]);
  const refused = all.flatMap((counts) => Object.values(refusalsOf(counts)));
  const tiles = [
    ['Open now', amountText(sumOf(all, 'open'))],
    ['Connections', amountText(connections)],
    ['Handshakes', amountText(sumOf(all, 'handshakes'))],
    ['From clients', bytesText(sumOf(all, 'bytes', 'in'))],
    ['To clients', bytesText(sumOf(all, 'bytes', 'out'))],
    ['Refused', amountText(refused.reduce((sum, count) => sum + count, 0))],
  ] as const;
  return (
    <>
      <p class="note">
        certctl {version}, begun <Instant at={startedAt} />;{' '}
        {countText(terminator?.workers.length ?? 0, 'worker')} at{' '}
        {listeners.join(', ') || 'no address'}.
      </p>
      <ul class="tiles">
        {tiles.map(([label, value]) => (
          <li key={label} class="tile">
            <span class="tile-label">{label}</span>
            <span class="tile-value">{value}</span>
          </li>
        ))}
      </ul>
      <TrafficChart samples={samples} />
      <section class="card" aria-labelledby="endpoints-title">
        <h2 id="endpoints-title">Endpoints</h2>
        {rows.length === 0 ? (
          <Empty>The configuration has no endpoint, and nobody has connected.</Empty>
        ) : (
          <EndpointTable rows={rows} />
        )}
      </section>
      {terminator !== undefined && terminator.upstreams.length > 0 && (
        <section class="card" aria-labelledby="upstreams-title">
          <h2 id="upstreams-title">Upstreams</h2>
          <ul class="entries">
            {terminator.upstreams.map(({ upstream, state, open }) => (
              <li key={upstream}>
                <p class="entry-head">
                  <code>{upstream}</code>
                  <Badge {...(state === 'up' ? UP : DOWN)} label={state} />
                </p>
                <p class="muted small">{countText(open, 'open connection')}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function EndpointTable({ rows }: { readonly rows: readonly TrafficRow[] }) {
  const [chosen, setChosen] = useState<string>();
  return (
    <ScrollTable of="endpoints" columns={COLUMNS}>
      {rows.map(({ host, title, protocol, upstreams, counts }) => {
        const isOpen = chosen === host;
        const refused = Object.values(refusalsOf(counts)).reduce((sum, count) => sum + count, 0);
        return [
          <tr key={host}>
            <th scope="row">
              <button
                type="button"
                class="link"
                aria-expanded={isOpen}
                onClick={() => setChosen(isOpen ? undefined : host)}
              >
                {title}
              </button>
              {upstreams.length > 0 && <p class="muted small">{upstreams.join(', ')}</p>}
            </th>
            <td>{protocol}</td>
            <td class="number">{amountText(sumOf([counts], 'open'))}</td>
            <td class="number">{amountText(sumOf([counts], 'handshakes'))}</td>
            <td class="number">{amountText(sumOf([counts], 'requests'))}</td>
            <td class="number">{bytesText(sumOf([counts], 'bytes', 'in'))}</td>
            <td class="number">{bytesText(sumOf([counts], 'bytes', 'out'))}</td>
            <td class="number">{amountText(refused)}</td>
          </tr>,
          isOpen && (
            <tr key={`${host} details`}>
              <td colSpan={8}>
                <EndpointDetails counts={counts} />
              </td>
            </tr>
          ),
        ];
      })}
    </ScrollTable>
  );
}
