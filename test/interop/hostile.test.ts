/**
 * One round of the hostile campaign: `npm run hostile` goes on for as long as one likes.
 *
 * @module
 */
import { expect, it } from 'vitest';
import { runCampaign } from '../hostile/campaign.ts';

const LONGEST_MS = 300_000;
const MOST_GROWTH = 192 * 1024 * 1024;

it(
  'serves honest clients through every attack, with the same workers, and gives memory back',
  async () => {
    const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 2 ** 32);
    process.stdout.write(`hostile campaign with seed ${seed}\n`);
    const report = await runCampaign({ seed, ms: 30_000, idleConnections: 2_000 });
    process.stdout.write(`${JSON.stringify({ ...report, errors: report.errors.length })}\n`);
    const { workersBefore, workersAfter, honest, use, errors } = report;
    expect(errors).toEqual([]);
    expect(workersAfter).toEqual(workersBefore);
    // On a machine that is busy with other things, some wait longer than they have patience for.
    expect(honest.failures.length, honest.failures.join('\n')).toBeLessThanOrEqual(
      honest.served / 100,
    );
    expect(honest.served).toBeGreaterThan(100);
    expect(use.last.descriptors).toBeLessThan(use.first.descriptors + 50);
    expect(use.last.rssBytes).toBeLessThan(use.first.rssBytes + MOST_GROWTH);
  },
  LONGEST_MS,
);
