/**
 * What a terminator counts for one endpoint: a row of numbers, and what each of them means.
 *
 * Rows are added up, sent between processes and shown by this table alone; nothing that a client
 * names is ever a label in it.
 *
 * @module
 */

/** Why a connection was not served, or a request not passed on. */
export const REFUSALS = [
  'connections',
  'connections-per-address',
  'connections-per-endpoint',
  'handshake-rate',
  'proxy-header',
  'hello-timeout',
  'hello-too-long',
  'hello-left',
  'hello-malformed',
  'no-server-name',
  'unknown-name',
  'no-protocol',
  'no-certificate',
  'no-challenge-answer',
  'handshake-timeout',
  'handshake-failed',
  'client-certificate',
  'bad-request',
  'upstream',
  'internal',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const VERSIONS = ['1.1', '1.2', '1.3'] as const;
/** `none` is a key exchange without a group, and a resumption without a key exchange. */
export const GROUPS = [
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'X25519',
  'X448',
  'P-256',
  'P-384',
  'P-521',
  'other',
  'none',
] as const;
export type Group = (typeof GROUPS)[number];
const PROTOCOLS = ['h2', 'http/1.1', 'other', 'none'] as const;
const STATUSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;

/** Upper bounds in milliseconds; one more bucket takes what is longer. */
export const BUCKETS_MS = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const;

interface Scalar {
  readonly kind: 'gauge' | 'counter' | 'histogram';
  readonly label?: undefined;
}
interface Labelled {
  readonly kind: 'counter';
  readonly label: string;
  readonly values: readonly string[];
}
export type Family = (Scalar | Labelled) & { readonly help: string };

/** In the order of the row. */
export const FAMILIES = {
  open: { kind: 'gauge', help: 'Connections that are open.' },
  connections: { kind: 'counter', help: 'Connections that were accepted.' },
  bytes: {
    kind: 'counter',
    label: 'direction',
    values: ['in', 'out'],
    help: 'Octets from and to clients, TLS and headers included.',
  },
  handshakes: {
    kind: 'counter',
    label: 'version',
    values: VERSIONS,
    help: 'TLS handshakes that were completed, by version.',
  },
  groups: {
    kind: 'counter',
    label: 'group',
    values: GROUPS,
    help: 'TLS handshakes that were completed, by key exchange group.',
  },
  protocols: {
    kind: 'counter',
    label: 'protocol',
    values: PROTOCOLS,
    help: 'TLS handshakes that were completed, by ALPN protocol.',
  },
  sessions: {
    kind: 'counter',
    label: 'session',
    values: ['full', 'resumed'],
    help: 'TLS handshakes that were completed, full and resumed.',
  },
  refused: {
    kind: 'counter',
    label: 'reason',
    values: REFUSALS,
    help: 'Connections and requests that were not served.',
  },
  requests: {
    kind: 'counter',
    label: 'status',
    values: STATUSES,
    help: 'HTTP requests, by class of status; none where the client left before.',
  },
  lookups: {
    kind: 'counter',
    label: 'result',
    values: ['hit', 'miss'],
    help: 'Names in the memory of the worker, and names that it had to ask for.',
  },
  contexts: {
    kind: 'counter',
    label: 'result',
    values: ['hit', 'miss'],
    help: 'Certificates that were loaded already, and those that had to be.',
  },
  handshakeTime: { kind: 'histogram', help: 'From the ClientHello to the end of the handshake.' },
  requestTime: {
    kind: 'histogram',
    help: 'From the header of a request to the end of its answer.',
  },
  lookupTime: { kind: 'histogram', help: 'Asking for a name that the worker did not know.' },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;
export type Row = Float64Array;

function widthOf(family: Family): number {
  if (family.kind === 'histogram') return BUCKETS_MS.length + 2;
  return family.label === undefined ? 1 : family.values.length;
}

/** Where each family begins in a row. */
export const OFFSETS = (() => {
  let next = 0;
  const offsets: Record<string, number> = {};
  for (const [name, family] of Object.entries(FAMILIES)) {
    offsets[name] = next;
    next += widthOf(family);
  }
  return offsets as Readonly<Record<FamilyName, number>>;
})();

export const ROW_LENGTH = Object.values<Family>(FAMILIES).reduce(
  (sum, family) => sum + widthOf(family),
  0,
);

export function createRow(): Row {
  return new Float64Array(ROW_LENGTH);
}

/** The sum is behind the buckets. */
export function observeTime(
  row: Row,
  family: 'handshakeTime' | 'requestTime' | 'lookupTime',
  milliseconds: number,
): void {
  let bucket = 0;
  while (bucket < BUCKETS_MS.length && milliseconds > (BUCKETS_MS[bucket] ?? 0)) bucket += 1;
  const offset = OFFSETS[family];
  add(row, offset + bucket, 1);
  add(row, offset + BUCKETS_MS.length + 1, milliseconds);
}

export function add(row: Row, slot: number, value: number): void {
  row[slot] = (row[slot] ?? 0) + value;
}

/** Rows of one endpoint from several processes. */
export function addRow(sum: Row, row: ArrayLike<number>): void {
  for (let slot = 0; slot < ROW_LENGTH; slot += 1) add(sum, slot, row[slot] ?? 0);
}

/** What is counted of nothing, but is only true at the moment. */
export function clearGauges(row: Row): void {
  for (const [name, { kind }] of Object.entries(FAMILIES)) {
    if (kind === 'gauge') row[OFFSETS[name as FamilyName]] = 0;
  }
}

/** Reads one family of a row. */
export type Reading =
  | { readonly value: number }
  | { readonly values: Readonly<Record<string, number>> }
  | {
      /** Up to each of the bounds, and the last one in all. */
      readonly buckets: readonly number[];
      readonly count: number;
      readonly sumMs: number;
    };

export function read(row: ArrayLike<number>, name: FamilyName): Reading {
  const family: Family = FAMILIES[name];
  const offset = OFFSETS[name];
  if (family.kind === 'histogram') {
    let count = 0;
    const buckets = Array.from({ length: BUCKETS_MS.length + 1 }, (_, bucket) => {
      count += row[offset + bucket] ?? 0;
      return count;
    });
    return { buckets, count, sumMs: row[offset + BUCKETS_MS.length + 1] ?? 0 };
  }
  if (family.label === undefined) return { value: row[offset] ?? 0 };
  const values = family.values.map((value, index): [string, number] => [
    value,
    row[offset + index] ?? 0,
  ]);
  return { values: Object.fromEntries(values) };
}
