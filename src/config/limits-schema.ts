/**
 * The terminator's limits in a configuration file, derived from those that it has.
 *
 * @module
 */
import { z } from 'zod';
import { DEFAULT_LIMITS, type TerminatorLimits } from '../terminator/settings.ts';
import { inFile, isDuration } from './duration-key.ts';
import { count, duration } from './file-leaves.ts';
import { formatDuration, parseDuration } from './parse-duration.ts';

const MOST = 10_000_000;
const SHORTEST_MS = 10;

/** Every limit is optional; the result is complete. */
export const limits = z
  .strictObject(
    Object.fromEntries(
      Object.entries(DEFAULT_LIMITS).map(([key, usual]) => [inFile(key), leafOf(key, usual)]),
    ),
  )
  .transform((given): TerminatorLimits => {
    const changed = Object.keys(DEFAULT_LIMITS).flatMap((key) => {
      const value = given[inFile(key)];
      if (value === undefined) return [];
      return [[key, typeof value === 'string' ? parseDuration(value) : value]];
    });
    return { ...DEFAULT_LIMITS, ...Object.fromEntries(changed) };
  });

function leafOf(key: string, usual: number): z.ZodType<string | number | undefined> {
  const leaf = isDuration(key)
    ? duration((milliseconds) => milliseconds >= SHORTEST_MS, `, at least ${SHORTEST_MS}ms`)
    : count(1, MOST);
  const shown = isDuration(key) ? formatDuration(usual) : String(usual);
  return leaf.optional().describe(`Usually ${shown}.`);
}
