/**
 * What does a connection cost the terminator, beside other servers?
 *
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openTempDir } from '../test/support/temp-dir.ts';
import { median, table } from './support/figures.ts';
import { findLoads, type Loads, openIdle, startUpstream } from './support/loads.ts';
import { describeMachine } from './support/machine.ts';
import { HAS_OWN_CORE, processorSeconds, proportionalBytes } from './support/processes.ts';
import { profiled } from './support/profiled.ts';
import {
  BARE,
  exportCertificate,
  findPeers,
  type Mode,
  type Terminator,
} from './support/terminators.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
});
const { rounds, seconds, mebibytes, requests, idle } = options.quick
  ? { rounds: 1, seconds: 1, mebibytes: 256, requests: 8_000, idle: 400 }
  : { rounds: 3, seconds: 2, mebibytes: 512, requests: 20_000, idle: 1_000 };

const SETTLE_MS = 500;
const FEW = 64;

interface Measure {
  readonly title: string;
  readonly modes: readonly Mode[];
  readonly unit: 'µs' | 's';
  readonly load: (loads: Loads, port: number) => Promise<number>;
  /** At most so many times the peer's cost: nginx, or the best of all. */
  readonly goal?: { readonly times: number; readonly peer: 'nginx' | 'best' };
}

const BOTH = ['tcp', 'https'] as const;
const MEASURES: readonly Measure[] = [
  {
    title: 'full handshake with one request',
    modes: BOTH,
    unit: 'µs',
    load: (loads, port) => loads.fullHandshakes(port, seconds),
    goal: { times: 1.4, peer: 'nginx' },
  },
  {
    title: 'resumed handshake with one request',
    modes: BOTH,
    unit: 'µs',
    load: (loads, port) => loads.resumedHandshakes(port, seconds),
  },
  {
    title: 'keep-alive request, HTTP/1.1',
    modes: BOTH,
    unit: 'µs',
    load: (loads, port) => loads.keepAlive(port, seconds),
    goal: { times: 1.2, peer: 'nginx' },
  },
  {
    title: 'keep-alive request, HTTP/2',
    modes: ['https'],
    unit: 'µs',
    load: (loads, port) => loads.http2(port, requests),
    goal: { times: 1.2, peer: 'nginx' },
  },
  {
    title: 'gigabyte to the client',
    modes: BOTH,
    unit: 's',
    load: (loads, port) => loads.bulk(port, mebibytes),
    goal: { times: 1, peer: 'best' },
  },
];

const { found, missing } = await findPeers();
const loads = await findLoads();
print(describeMachine());
print(`load at the start: ${loadavg()[0]?.toFixed(1)} (CPU time counts, but caches are shared)`);
print(HAS_OWN_CORE ? 'servers on core 1, clients and upstream on core 0' : 'all on one core');
for (const { name, version } of found) print(`${name}: ${version}`);
for (const reason of missing) print(`skipped: ${reason}`);
for (const mode of BOTH) await compare(mode);

async function compare(mode: Mode): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await openTempDir('certctl-bench-'));
  const upstream = stack.use(await startUpstream());
  const servers = new Map<string, Terminator>();
  for (const { name, modes, start } of found) {
    if (!modes.includes(mode)) continue;
    await mkdir(directory.file(name));
    const setting = { directory: directory.file(name), upstreamPort: upstream.port };
    const certificates = directory.file('certificates');
    servers.set(name, stack.use(await start(mode, { ...setting, certificates })));
    if (name === 'certctl') {
      await mkdir(certificates);
      await exportCertificate(setting.directory, certificates);
    }
  }
  const memory = [];
  for (const { serving, port } of servers.values()) memory.push(await idleBytes(serving, port));
  print(`\n${mode}, CPU time of the server for one`);
  const rows = [];
  for (const measure of MEASURES) {
    if (measure.modes.includes(mode)) rows.push(await measureAll(measure, mode, servers));
  }
  print(table([['', ...servers.keys(), 'to nginx', 'to the best', 'goal'], ...rows]));
  print(`\n${mode}, memory of an idle connection (PSS, ${idle} of them)`);
  const kib = memory.map((bytes) => `${(bytes / 1_024).toFixed(1)} KiB`);
  print(
    table([
      ['', ...servers.keys()],
      ['', ...kib],
    ]),
  );
}

async function measureAll(
  measure: Measure,
  mode: Mode,
  servers: ReadonlyMap<string, Terminator>,
): Promise<string[]> {
  const costs = new Map([...servers.keys()].map((name): [string, number[]] => [name, []]));
  let control = 0;
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, server] of servers) {
      const work = (): Promise<number> => measure.load(loads, server.port);
      const before = processorSeconds(server.serving);
      const controlBefore = processorSeconds(server.control);
      const file = `${options.profile}/${mode} ${measure.title.replaceAll('/', ' ')}.cpuprofile`;
      const isProfiled = options.profile !== undefined && name === 'certctl' && round === rounds;
      const done = isProfiled ? await profiled(server.serving[0] ?? 0, file, work) : await work();
      const spent = processorSeconds(server.serving) - before;
      control += processorSeconds(server.control) - controlBefore;
      if (round > 0) costs.get(name)?.push(spent / done);
    }
  }
  const medians = new Map([...costs].map(([name, values]) => [name, median(values)]));
  const own = medians.get('certctl') ?? Number.NaN;
  const nginx = medians.get('nginx') ?? Number.NaN;
  const others = [...medians].flatMap(([name, value]) =>
    name === 'certctl' || name === BARE ? [] : [value],
  );
  const best = Math.min(...others);
  const figures = [...medians.values()].map((value) => shown(value, measure.unit));
  if (control > 0)
    print(`  ${measure.title}: certctl's control process took ${control.toFixed(2)} s`);
  return [
    measure.title,
    ...figures,
    `${(own / nginx).toFixed(2)} x`,
    `${(own / best).toFixed(2)} x`,
    measure.goal === undefined ? '' : `${measure.goal.times} x ${measure.goal.peer}`,
  ];
}

/** Before all else: what a server has had and given back hides what it takes. */
async function idleBytes(serving: readonly number[], port: number): Promise<number> {
  await (await openIdle(port, FEW)).stop();
  const before = proportionalBytes(serving);
  const clients = await openIdle(port, idle);
  await wait(SETTLE_MS);
  const taken = proportionalBytes(serving) - before;
  await clients.stop();
  return taken / idle;
}

function shown(value: number, unit: Measure['unit']): string {
  return unit === 'µs' ? `${(value * 1e6).toFixed(0)} µs` : `${value.toFixed(2)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
