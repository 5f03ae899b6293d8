/**
 * What does it cost the scheduler that there are a million certificates, of which 1,000 are due?
 *
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../src/config/load-config.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { systemClock } from '../src/core/clock.ts';
import { attend } from '../src/lifecycle/attend.ts';
import { startScheduler } from '../src/lifecycle/schedule/scheduler.ts';
import { openControl } from '../src/main/control.ts';
import { createLog } from '../src/observe/log.ts';
import { openTempDir } from '../test/support/temp-dir.ts';
import { describeMachine } from './support/machine.ts';
import { median, table } from './support/figures.ts';
import { populate } from './support/many-certificates.ts';

const DUE = 1_000;
const SIZES = [DUE, 1_000_000];
const ROUNDS = 5;
const NEVER = '0 0 29 2 *';
const MEBIBYTE = 1_024 ** 2;

interface Measured {
  readonly startMs: number;
  readonly findMs: number;
  readonly passMs: number;
  readonly cpuMs: number;
  readonly grownBytes: number;
}

interface Rounds {
  readonly certificates: number;
  readonly rounds: readonly Measured[];
}

const HEADING = ['rows', 'start-up', 'find due', 'pass', 'range', 'CPU', 'RSS growth'];

const [, , dataDir] = process.argv;
if (dataDir === undefined) await compare();
else process.send?.(await measure(dataDir));

async function compare(): Promise<void> {
  print(describeMachine());
  const measured = SIZES.map((certificates) => ({ certificates, rounds: [] as Measured[] }));
  for (let round = 0; round < ROUNDS; round += 1) {
    // In turn, so that whatever else the machine does meets both.
    for (const { certificates, rounds } of measured) rounds.push(await measureOne(certificates));
  }
  print(`\nOne pass over ${DUE} due certificates that need no order, ${ROUNDS} rounds:`);
  print(table([HEADING, ...measured.map(describeRounds)]));
  const [few, many] = measured.map(({ rounds }) => medianOf(rounds));
  if (few === undefined || many === undefined) throw new Error('nothing was measured');
  print(
    `ratio: ${(many.passMs / few.passMs).toFixed(2)}, of the processor's time ${(many.cpuMs / few.cpuMs).toFixed(2)}`,
  );
}

async function measureOne(certificates: number): Promise<Measured> {
  await using directory = await openTempDir('certctl-bench-');
  await mkdir(directory.file('data'), { mode: 0o700 });
  await populate(directory.file('data/certctl.db'), { certificates, due: DUE });
  // A process of its own has a memory of its own.
  const child = fork(fileURLToPath(import.meta.url), [directory.file('data')]);
  const [measured] = (await once(child, 'message')) as [Measured];
  await once(child, 'exit');
  return measured;
}

function describeRounds({ certificates, rounds }: Rounds): string[] {
  const middle = medianOf(rounds);
  const passes = rounds.map(({ passMs }) => passMs);
  return [
    certificates.toLocaleString('en'),
    `${middle.startMs.toFixed(0)} ms`,
    `${middle.findMs.toFixed(1)} ms`,
    `${middle.passMs.toFixed(0)} ms`,
    `${Math.min(...passes).toFixed(0)} to ${Math.max(...passes).toFixed(0)} ms`,
    `${middle.cpuMs.toFixed(0)} ms`,
    `${(middle.grownBytes / MEBIBYTE).toFixed(0)} MiB`,
  ];
}

function medianOf(rounds: readonly Measured[]): Measured {
  const of = (key: keyof Measured): number => median(rounds.map((measured) => measured[key]));
  return {
    startMs: of('startMs'),
    findMs: of('findMs'),
    passMs: of('passMs'),
    cpuMs: of('cpuMs'),
    grownBytes: of('grownBytes'),
  };
}

/** Opens the control plane as the daemon does, and lets the scheduler look after all that is due. */
async function measure(directory: string): Promise<Measured> {
  const environment = readEnvironment();
  const config = await loadConfig({ path: undefined, environment, dataDir: directory });
  const { signal } = new AbortController();
  const begin = performance.now();
  const control = await openControl({ config, hasTerminator: false, clock: systemClock }, signal);
  await control.store.certificates.earliestActionAt();
  const startMs = performance.now() - begin;
  const finding = performance.now();
  await control.store.certificates.due(systemClock.now(), DUE);
  const findMs = performance.now() - finding;

  const before = process.memoryUsage.rss();
  const done = Promise.withResolvers<void>();
  let count = 0;
  const cpuBefore = process.cpuUsage();
  const passing = performance.now();
  const scheduler = startScheduler({
    certificates: control.store.certificates,
    attend: async (id, stopped) => {
      const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
      const { decision } = await attend(control.context, id, options, stopped);
      if (decision.reason !== 'valid') done.reject(new Error(`${id}: ${decision.message}`));
      count += 1;
      if (count === DUE) done.resolve();
    },
    clock: systemClock,
    log: createLog('error', 'bench'),
    sweep: NEVER,
  });
  await done.promise;
  await scheduler.stop();
  const passMs = performance.now() - passing;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1_000;
  const left = await control.store.certificates.due(systemClock.now(), 1);
  if (left.length > 0 || count !== DUE) throw new Error(`${count} were looked after, not ${DUE}`);
  const grownBytes = process.memoryUsage.rss() - before;
  await control.close();
  return { startMs, findMs, passMs, cpuMs, grownBytes };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
