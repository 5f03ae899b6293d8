/**
 * The keys of a configuration file for the access log.
 *
 * @module
 */
import { z } from 'zod';
import { flag, text } from './file-leaves.ts';

const SAMPLE = 'must be a number above 0, and 1 at most, e.g. 0.1';

export const accessLog = z.strictObject({
  path: text().optional().describe('File that JSON lines are appended to.'),
  stdout: flag().optional().describe('true: standard output instead of a file.'),
  sample: z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^[01]?\.?\d+$/)
          .transform(Number),
      ],
      { error: SAMPLE },
    )
    .refine((part) => part > 0 && part <= 1, { error: SAMPLE })
    .optional()
    .describe('The part of what went well that is written; failures always are. Usually 1.'),
  query: flag().optional().describe('true: with the query of paths, which may carry secrets.'),
});
export type FileAccessLog = z.output<typeof accessLog>;
