/**
 * How long does one certificate take, and how many a second can one process get?
 *
 * @module
 */
import { type AcmeProgram, findPrograms } from './support/acme-programs.ts';
import { describeMachine } from './support/machine.ts';
import { median, seconds, table } from './support/figures.ts';
import { openTempDir } from '../test/support/temp-dir.ts';
import { openTestControl } from '../test/support/control.ts';
import { Pebble } from '../test/support/pebble.ts';

/** A CA that asks for no delay leaves the client's own time to be seen. */
const SETTINGS = [
  { title: 'CA without Retry-After', retryAfter: { authz: 0, order: 0 }, runs: 7 },
  { title: 'CA with Retry-After: 1', retryAfter: { authz: 1, order: 1 }, runs: 3 },
] as const;
const THROUGHPUT = { certificates: 200, concurrencies: [20, 50], rounds: 3 };
/** What a reader of the figures may rely on: nonces come with answers, not by requests of their own. */
const FEWEST_SIGNED_PER_NONCE = 10;
/** Loading and compiling are a matter of the first certificates only: these are not counted. */
const WARM_UP = 20;

interface Measured {
  readonly program: AcmeProgram;
  readonly firstMs: number;
  readonly laterMs: readonly number[];
}

const { found, missing } = await findPrograms();
print(describeMachine());
for (const { name, version } of found) print(`${name}: ${version}`);
for (const name of missing) print(`${name}: not on PATH, skipped`);

for (const { title, retryAfter, runs } of SETTINGS) {
  await using ca = await Pebble.start({ retryAfter, rejectNonces: 0 });
  const measured: Measured[] = [];
  for (const program of found) measured.push(await measure(program, ca, runs));
  print(`\nOne certificate, whole process, http-01, ${title}:`);
  print(describeRuns(measured));
}
for (const atOnce of THROUGHPUT.concurrencies) print(await measureThroughput(atOnce));

async function measure(program: AcmeProgram, ca: Pebble, runs: number): Promise<Measured> {
  await using directory = await openTempDir('certctl-bench-');
  const issue = async (index: number): Promise<number> => {
    const name = `${program.name}-${index}.example.com`;
    const { status, stdout, stderr, ms } = await program.issue(name, ca, directory.path);
    if (status === 0) return ms;
    throw new Error(`${program.name} failed with ${status}:\n${stdout}${stderr}`);
  };
  const firstMs = await issue(0);
  const laterMs: number[] = [];
  for (let index = 1; index <= runs; index += 1) laterMs.push(await issue(index));
  return { program, firstMs, laterMs };
}

function describeRuns(measured: readonly Measured[]): string {
  const own = median(measured[0]?.laterMs ?? []);
  const rows = measured.map(({ program, firstMs, laterMs }) => [
    program.name,
    seconds(firstMs),
    seconds(median(laterMs)),
    `${seconds(Math.min(...laterMs))} to ${seconds(Math.max(...laterMs))}`,
    String(laterMs.length),
    `${(median(laterMs) / own).toFixed(1)} x`,
  ]);
  return table([['', 'first run', 'median', 'range', 'runs', 'ratio'], ...rows]);
}

async function measureThroughput(atOnce: number): Promise<string> {
  await using ca = await Pebble.start({ retryAfter: { authz: 0, order: 0 }, rejectNonces: 0 });
  await using directory = await openTempDir('certctl-bench-');
  await using client = await openTestControl(directory.path, ca);
  const { certificates, rounds } = THROUGHPUT;
  await issueMany('warm-up', WARM_UP);
  const before = await countRequests(ca);
  const ordersBefore = await ca.orderCount();
  const rates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const begin = performance.now();
    await issueMany(`round-${round}`, certificates);
    rates.push((certificates * 1_000) / (performance.now() - begin));
  }
  const orders = (await ca.orderCount()) - ordersBefore;
  const issued = certificates * rounds;
  if (orders !== issued) throw new Error(`${orders} orders for ${issued} certificates`);
  const after = await countRequests(ca);
  const nonces = after.nonces - before.nonces;
  const signed = after.signed - before.signed;
  // The warm-up counts here: a client that begins has no nonces yet.
  if (after.nonces * FEWEST_SIGNED_PER_NONCE > after.signed) {
    throw new Error(`${after.nonces} requests for a nonce by ${after.signed} signed ones`);
  }
  const [least, middle, most] = [Math.min(...rates), median(rates), Math.max(...rates)].map(
    (rate) => rate.toFixed(0),
  );
  return [
    `\n${rounds} times ${certificates} certificates by one process, ${atOnce} at once, CA without Retry-After:`,
    `${middle} certificates a second (${least} to ${most})`,
    `${nonces} requests for a nonce by ${signed} signed ones (${after.nonces} by ${after.signed} with the warm-up)`,
  ].join('\n');

  async function issueMany(prefix: string, count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}.example.com`);
    const next = names.values();
    const work = async (): Promise<void> => {
      for (const name of next) await client.issue([name], { challenges: ['http-01'] });
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
}

async function countRequests(ca: Pebble): Promise<{ nonces: number; signed: number }> {
  const requests = await ca.requests();
  return {
    nonces: requests.filter(({ path }) => path === '/nonce-plz').length,
    signed: requests.filter(({ method }) => method === 'POST').length,
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
