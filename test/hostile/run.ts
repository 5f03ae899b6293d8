/**
 * `npm run hostile -- --minutes 60 --seed 7`: the campaign for as long as wished, with its report.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { describe, runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    idle: { type: 'string', default: '10000' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = Number(values.seed);
print(`seed ${seed}`);
const { attacks, workersBefore, workersAfter, use, honest, errors } = await runCampaign({
  seed,
  ms: Number(values.minutes) * 60_000,
  idleConnections: Number(values.idle),
  say: print,
});
print(`${attacks} attacks with seed ${seed}`);
print(`workers before ${workersBefore.join()}, after ${workersAfter.join()}`);
for (const [when, what] of Object.entries(use)) print(`${when}: ${describe(what)}`);
print(
  `honest clients: ${honest.served} served, ${honest.failures.length} failed; median ${honest.median} ms, 99 % within ${honest.p99} ms, longest ${honest.longest} ms`,
);
for (const failure of honest.failures) print(`  ${failure}`);
print(errors.length === 0 ? 'the daemon logged no error' : errors.join('\n'));
const isSame = workersBefore.join() === workersAfter.join();
process.exitCode = isSame && honest.failures.length === 0 && errors.length === 0 ? 0 : 1;
