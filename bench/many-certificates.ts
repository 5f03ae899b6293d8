/**
 * What does it cost the terminator that there are a hundred thousand certificates?
 *
 * @module
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { connectDaemon } from '../src/api/client.ts';
import type { RunningProgram } from '../test/support/program.ts';
import { runCertctl, startCertctl } from '../test/support/certctl.ts';
import { childrenOf } from '../test/support/daemon.ts';
import { freePort } from '../test/support/free-port.ts';
import { openTempDir, type TempDir } from '../test/support/temp-dir.ts';
import { startTcp } from '../test/support/upstreams.ts';
import { numberedName } from './support/certificate-factory.ts';
import { median, seconds, table } from './support/figures.ts';
import { describeMachine } from './support/machine.ts';
import { proportionalBytes, residentBytes } from './support/processes.ts';
import { storeCertificates } from './support/stored-certificates.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '1000,10000,100000' },
  },
});
const sizes = options.quick ? [1_000, 10_000] : options.sizes.split(',').map(Number);
const { swaps, starts } = options.quick ? { swaps: 20, starts: 1 } : { swaps: 100, starts: 3 };
const HANDSHAKES = 200;
const LOAD_CLIENTS = 4;
const READY_MS = 30_000;
const PERIOD_MS = 1;

print(describeMachine());
print(`load at the start: ${loadavg()[0]?.toFixed(1)}`);
const rows: string[][] = [];
for (const size of sizes) rows.push(await measure(size));
print(
  table([
    [
      'certificates',
      'start',
      'PSS',
      'RSS',
      'cold p50',
      'p99',
      'warm p50',
      'p99',
      'swap p50',
      'p99',
    ],
    ...rows,
  ]),
);

async function measure(size: number): Promise<string[]> {
  await using directory = await openTempDir('certctl-bench-');
  await using upstream = await startTcp();
  const port = await freePort();
  const config = directory.file('certctl.yaml');
  await writeFile(
    config,
    `dataDir: ${directory.file('data')}
defaults: { issuer: internal }
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints:
  - { host: "*.example.com", protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstream.port}" }
workers: 1
log: { level: warn }
`,
  );
  await prepare(config, directory, size);
  const startMs: number[] = [];
  for (let count = 1; count < starts; count += 1) {
    const { program, ms } = await startUntilServed(config, port, size);
    startMs.push(ms);
    await program.stop();
  }
  const { program, ms } = await startUntilServed(config, port, size);
  await using stack = new AsyncDisposableStack();
  stack.use(program);
  startMs.push(ms);
  const pids = [program.pid, ...(await childrenOf(program.pid))];
  const memory = (): number => proportionalBytes(pids);
  const [idle, resident] = [memory(), residentBytes(pids)];
  const [cold, warm] = await measureHandshakes(port, size);
  const busy = memory();
  const swapMs = await measureSwaps(port, directory.file('data/certctl.sock'), size);
  print(
    `${size}: ${megabytes(busy)} after ${2 * HANDSHAKES} handshakes, ${megabytes(memory())} after the swaps`,
  );
  return [
    String(size),
    seconds(median(startMs)),
    megabytes(idle),
    megabytes(resident),
    ...[cold, warm, swapMs].flatMap((values) => [
      ms1(median(values)),
      ms1(percentile(values, 0.99)),
    ]),
  ];
}

/** The daemon itself makes database, keyring and the endpoint's own certificate. */
async function prepare(config: string, directory: TempDir, size: number): Promise<void> {
  const first = await startCertctl(['serve', '--config', config]);
  const end = performance.now() + READY_MS;
  for (;;) {
    const { stdout } = await runCertctl(['list', '--config', config]);
    if (stdout.includes('valid')) break;
    if (performance.now() > end) throw new Error(first.output);
    await wait(100);
  }
  await first.stop();
  const begin = performance.now();
  await storeCertificates(directory.file('data'), size);
  print(
    `${size} certificates with keys of their own stored in ${seconds(performance.now() - begin)}`,
  );
}

/** From the start of the process to a handshake that shows the last certificate. */
async function startUntilServed(
  config: string,
  port: number,
  size: number,
): Promise<{ program: RunningProgram; ms: number }> {
  const begin = performance.now();
  const program = await startCertctl(['serve', '--config', config]);
  const name = numberedName(size - 1);
  for (;;) {
    const shown = await handshake(port, name).catch(() => undefined);
    if (shown?.names === `DNS:${name}`) return { program, ms: performance.now() - begin };
    if (performance.now() - begin > READY_MS) throw new Error(program.output);
    await wait(PERIOD_MS);
  }
}

async function measureHandshakes(port: number, size: number): Promise<[number[], number[]]> {
  const names = Array.from({ length: HANDSHAKES }, (_, index) =>
    numberedName(Math.floor(((index + 0.5) * size) / HANDSHAKES)),
  );
  const all: [number[], number[]] = [[], []];
  // The processes have to be warm, so that only what is asked for is cold.
  for (let count = 0; count < HANDSHAKES; count += 1) await handshake(port, numberedName(0));
  for (const measured of all) {
    for (const name of names) {
      const begin = performance.now();
      const { names: shown } = await handshake(port, name);
      measured.push(performance.now() - begin);
      if (shown !== `DNS:${name}`) throw new Error(`${name} was answered with ${shown}`);
    }
  }
  return all;
}

/**
 * From the moment in which the new certificate is issued, which is just before it is committed, to
 * the end of the first handshake that shows it. Others connect all the while, and none may fail.
 */
async function measureSwaps(port: number, socketPath: string, size: number): Promise<number[]> {
  const operations = await connectDaemon(socketPath);
  if (operations === undefined) throw new Error('the daemon does not answer');
  const ending = new AbortController();
  let done = 0;
  const name = numberedName(Math.floor(size / 2));
  const load = Array.from({ length: LOAD_CLIENTS }, async (_, client) => {
    for (let count = client; !ending.signal.aborted; count += LOAD_CLIENTS) {
      await handshake(port, count % 2 === 0 ? name : numberedName(count % size));
      done += 1;
    }
  });
  const taken: number[] = [];
  for (let count = 0; count < swaps; count += 1) {
    const before = await handshake(port, name);
    const seen = watchSerials(port, name, before.serial);
    const [renewed] = await operations.renew(
      { names: [name] },
      () => {},
      AbortSignal.timeout(READY_MS),
    );
    const current = renewed?.certificate?.current;
    if (current === undefined) throw new Error(renewed?.message ?? 'nothing was renewed');
    taken.push((await seen) - Date.parse(current.issuedAt));
  }
  ending.abort();
  await Promise.all(load);
  print(`${size}: ${swaps} swaps beside ${done} handshakes, none of which failed`);
  return taken;
}

/** When a handshake first showed another serial number than `before`. */
async function watchSerials(port: number, name: string, before: string): Promise<number> {
  for (;;) {
    const { serial } = await handshake(port, name);
    if (serial !== before) return Date.now();
  }
}

async function handshake(port: number, name: string): Promise<{ names: string; serial: string }> {
  const socket = connect({ host: '127.0.0.1', port, servername: name, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    const { subjectaltname: names = '', serialNumber } = socket.getPeerCertificate();
    return { names, serial: serialNumber.toLowerCase() };
  } finally {
    socket.destroy();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function ms1(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
