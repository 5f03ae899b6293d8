/**
 * Prints the Grafana dashboard: `node scripts/grafana-dashboard.ts > deploy/grafana/certctl.json`.
 *
 * @module
 */

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly type: 'stat' | 'timeseries' | 'table' | 'bargauge';
  readonly width: number;
  readonly unit?: string;
  /** Query and legend. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
  /** Value from which on it is yellow, and red. */
  readonly thresholds?: readonly [yellow: number, red: number];
  readonly isStacked?: boolean;
}

const HEIGHT = 8;
const LOW = 4;
const ONLY = '{instance=~"$instance"}';
const only = (labels: string): string => `{instance=~"$instance",${labels}}`;
const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;
const quantile = (part: number, metric: string, by: string): string =>
  `histogram_quantile(${part}, sum by (le, ${by}) (${rate(`${metric}_bucket${ONLY}`)}))`;

const ROWS: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  [
    'Certificates',
    [
      stat('Valid', `sum(certctl_certificates${only('status="valid"')})`),
      stat('Failing', `sum(certctl_certificates${only('status="failing"')})`, [1, 10]),
      stat('Expired', `sum(certctl_certificates${only('status="expired"')})`, [1, 1]),
      stat(
        'End within 7 days',
        `sum(certctl_certificates_expiring${only('within_days="7"')})`,
        [1, 50],
      ),
      {
        ...stat(
          'First to end',
          `min(certctl_certificates_next_expiry_timestamp_seconds${ONLY}) - time()`,
        ),
        unit: 's',
      },
      stat(
        'Due, waiting for their turn',
        `sum(certctl_queue_certificates${only('state="due"')})`,
        [100, 1_000],
      ),
      {
        title: 'Certificates by status',
        type: 'timeseries',
        width: 12,
        isStacked: true,
        queries: [[`sum by (status) (certctl_certificates${ONLY})`, '{{status}}']],
      },
      {
        title: 'Ending within',
        type: 'bargauge',
        width: 12,
        queries: [
          [`sum by (within_days) (certctl_certificates_expiring${ONLY})`, '{{within_days}} days'],
        ],
      },
      {
        title: 'Failing certificates by error',
        type: 'timeseries',
        width: 12,
        isStacked: true,
        queries: [[`sum by (code) (certctl_certificates_failing${ONLY})`, '{{code}}']],
      },
      {
        title: 'Those that end first',
        description:
          'Seconds left. Of those that have series of their own: metrics.perCertificate.',
        type: 'table',
        width: 12,
        unit: 's',
        queries: [
          [
            `bottomk(20, certctl_certificate_not_after_timestamp_seconds${ONLY} - time())`,
            '{{name}}',
          ],
        ],
      },
      {
        title: 'Failing for the longest',
        description: 'Seconds since the first failure.',
        type: 'table',
        width: 12,
        unit: 's',
        queries: [
          [
            `topk(20, time() - certctl_certificate_failing_since_timestamp_seconds${ONLY})`,
            '{{name}}',
          ],
        ],
      },
      {
        title: 'Next renewals',
        description: 'Seconds until then.',
        type: 'table',
        width: 12,
        unit: 's',
        queries: [
          [
            `bottomk(20, certctl_certificate_renewal_timestamp_seconds${ONLY} - time())`,
            '{{name}}',
          ],
        ],
      },
    ],
  ],
  [
    'Orders',
    [
      {
        title: 'Queue',
        type: 'timeseries',
        width: 8,
        queries: [
          [`sum by (state) (certctl_queue_certificates${ONLY})`, '{{state}}'],
          [`sum(certctl_orders_unfinished${ONLY})`, 'unfinished orders'],
        ],
      },
      {
        title: 'Orders that ended, an hour',
        type: 'timeseries',
        width: 8,
        queries: [
          [
            `sum by (issuer, outcome) (increase(certctl_orders_total${ONLY}[1h]))`,
            '{{issuer}} {{outcome}}',
          ],
        ],
      },
      {
        title: 'Duration of orders',
        type: 'timeseries',
        width: 8,
        unit: 's',
        queries: [0.5, 0.95].map((part): [string, string] => [
          `histogram_quantile(${part}, sum by (le, issuer) (increase(certctl_order_duration_seconds_bucket${only('outcome="issued"')}[6h])))`,
          `{{issuer}} p${part * 100}`,
        ]),
      },
      {
        title: 'Left of the limits of CAs',
        description: 'Where least is left, as a part of what the limit allows.',
        type: 'timeseries',
        width: 12,
        unit: 'percentunit',
        queries: [
          [`certctl_budget_left${ONLY} / certctl_budget_limit${ONLY}`, '{{limit}} {{directory}}'],
        ],
      },
      {
        title: 'Limits without room, and pauses',
        type: 'timeseries',
        width: 12,
        queries: [
          [`certctl_budget_exhausted${ONLY}`, '{{limit}} {{directory}}'],
          [`certctl_budget_pauses${ONLY}`, 'paused: {{scope}} {{directory}}'],
        ],
      },
      {
        title: 'Renewal information (ARI)',
        type: 'timeseries',
        width: 8,
        queries: [
          [`sum by (state) (certctl_renewal_information_certificates${ONLY})`, '{{state}}'],
        ],
      },
      {
        title: 'Targets',
        type: 'timeseries',
        width: 8,
        queries: [[`sum by (target, state) (certctl_deployments${ONLY})`, '{{target}} {{state}}']],
      },
      {
        title: 'Events to be delivered',
        type: 'timeseries',
        width: 8,
        queries: [
          [
            `sum by (subscription, state) (certctl_event_deliveries${ONLY})`,
            '{{subscription}} {{state}}',
          ],
        ],
      },
    ],
  ],
  [
    'Terminator',
    [
      {
        title: 'Open connections',
        type: 'timeseries',
        width: 8,
        isStacked: true,
        queries: [[`sum by (endpoint) (certctl_open_connections${ONLY})`, '{{endpoint}}']],
      },
      {
        title: 'Connections a second',
        type: 'timeseries',
        width: 8,
        queries: [
          [`sum by (endpoint) (${rate(`certctl_connections_total${ONLY}`)})`, '{{endpoint}}'],
        ],
      },
      {
        title: 'Refused a second',
        type: 'timeseries',
        width: 8,
        isStacked: true,
        queries: [[`sum by (reason) (${rate(`certctl_refused_total${ONLY}`)}) > 0`, '{{reason}}']],
      },
      {
        title: 'Handshakes a second',
        type: 'timeseries',
        width: 8,
        queries: [
          [`sum by (version) (${rate(`certctl_handshakes_total${ONLY}`)})`, 'TLS {{version}}'],
          [`sum by (session) (${rate(`certctl_handshake_sessions_total${ONLY}`)})`, '{{session}}'],
        ],
      },
      {
        title: 'Handshake time',
        type: 'timeseries',
        width: 8,
        unit: 's',
        queries: [0.5, 0.99].map((part): [string, string] => [
          quantile(part, 'certctl_handshake_seconds', 'instance'),
          `p${part * 100}`,
        ]),
      },
      {
        title: 'Key exchange',
        type: 'timeseries',
        width: 8,
        isStacked: true,
        queries: [
          [`sum by (group) (${rate(`certctl_handshake_groups_total${ONLY}`)}) > 0`, '{{group}}'],
        ],
      },
      {
        title: 'Requests a second',
        type: 'timeseries',
        width: 8,
        isStacked: true,
        queries: [[`sum by (status) (${rate(`certctl_requests_total${ONLY}`)})`, '{{status}}']],
      },
      {
        title: 'Request time, 99 of 100',
        type: 'timeseries',
        width: 8,
        unit: 's',
        queries: [[quantile(0.99, 'certctl_request_seconds', 'endpoint'), '{{endpoint}}']],
      },
      {
        title: 'Octets a second',
        type: 'timeseries',
        width: 8,
        unit: 'Bps',
        queries: [[`sum by (direction) (${rate(`certctl_bytes_total${ONLY}`)})`, '{{direction}}']],
      },
      {
        title: 'Memory of the workers: names and certificates that were at hand',
        type: 'timeseries',
        width: 12,
        unit: 'percentunit',
        queries: ['lookups', 'contexts'].map((what): [string, string] => [
          `sum(${rate(`certctl_${what}_total${only('result="hit"')}`)}) / sum(${rate(`certctl_${what}_total${ONLY}`)})`,
          what,
        ]),
      },
      {
        title: 'Upstreams that are down',
        type: 'timeseries',
        width: 12,
        queries: [[`certctl_upstream_up${ONLY} == 0`, '{{upstream}}']],
      },
    ],
  ],
  [
    'Process',
    [
      {
        title: 'Processor and event loop of the control process',
        type: 'timeseries',
        width: 8,
        unit: 'percentunit',
        queries: [
          [rate(`process_cpu_seconds_total${ONLY}`), 'processor'],
          [rate(`nodejs_eventloop_active_seconds_total${ONLY}`), 'event loop'],
        ],
      },
      {
        title: 'Memory',
        type: 'timeseries',
        width: 8,
        unit: 'bytes',
        queries: [
          [`process_resident_memory_bytes${ONLY}`, 'resident'],
          [`nodejs_heap_size_used_bytes${ONLY}`, 'heap'],
          [`certctl_store_size_bytes${ONLY}`, 'database'],
        ],
      },
      {
        title: 'Workers, leases, open files',
        type: 'timeseries',
        width: 8,
        queries: [
          [`certctl_workers${ONLY}`, 'workers {{state}}'],
          [`certctl_leases_held${ONLY}`, 'leases {{kind}}'],
          [`process_open_fds${ONLY}`, 'open files'],
        ],
      },
    ],
  ],
];

function stat(title: string, expression: string, thresholds?: Panel['thresholds']): Panel {
  return {
    title,
    type: 'stat',
    width: 4,
    queries: [[expression, '']],
    ...(thresholds === undefined ? {} : { thresholds }),
  };
}

function layOut(): object[] {
  const panels: object[] = [];
  let id = 0;
  let y = 0;
  for (const [title, row] of ROWS) {
    panels.push({ id: ++id, type: 'row', title, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row) {
      if (x + panel.width > 24) {
        y += height;
        x = 0;
      }
      height = panel.type === 'stat' ? LOW : HEIGHT;
      panels.push(panelOf(++id, panel, { x, y, w: panel.width, h: height }));
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

function panelOf(id: number, panel: Panel, gridPos: object): object {
  const { title, description, type, unit, queries, thresholds, isStacked = false } = panel;
  const isMoment = type !== 'timeseries';
  const steps = [
    { color: 'green', value: null },
    ...(thresholds === undefined
      ? []
      : [
          { color: 'yellow', value: thresholds[0] },
          { color: 'red', value: thresholds[1] },
        ]),
  ];
  const custom =
    type === 'timeseries'
      ? { custom: { fillOpacity: 10, stacking: { mode: isStacked ? 'normal' : 'none' } } }
      : {};
  return {
    id,
    type,
    title,
    ...(description === undefined ? {} : { description }),
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        ...(unit === undefined ? {} : { unit }),
        color: { mode: thresholds === undefined ? 'palette-classic' : 'thresholds' },
        thresholds: { mode: 'absolute', steps },
        ...custom,
      },
      overrides: [],
    },
    options: type === 'timeseries' ? { tooltip: { mode: 'multi', sort: 'desc' } } : {},
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(isMoment ? { instant: true, range: false } : { range: true }),
      ...(type === 'table' ? { format: 'table' } : {}),
    })),
  };
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

const dashboard = {
  uid: 'certctl',
  title: 'certctl',
  tags: ['certctl', 'tls'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
      {
        name: 'instance',
        type: 'query',
        label: 'Instance',
        datasource: DATASOURCE,
        query: 'label_values(certctl_build_info, instance)',
        refresh: 2,
        multi: true,
        includeAll: true,
        allValue: '.*',
      },
    ],
  },
  annotations: {
    list: [
      {
        name: 'Starts',
        datasource: DATASOURCE,
        enable: true,
        iconColor: 'blue',
        expr: `changes(process_start_time_seconds${ONLY}[$__rate_interval]) > 0`,
        titleFormat: 'certctl started',
      },
    ],
  },
  panels: layOut(),
};

export function grafanaDashboard(): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

if (import.meta.main) process.stdout.write(grafanaDashboard());
