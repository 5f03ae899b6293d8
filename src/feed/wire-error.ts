/**
 * The shape of an error that another process sent.
 *
 * @module
 */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../core/errors.ts';

export const wireError = z.object({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(ERRORS, value)),
  message: z.string(),
  mend: z.string().exactOptional(),
  retryAt: z.string().exactOptional(),
  context: z.record(z.string(), z.unknown()).exactOptional(),
  causes: z.array(z.string()).exactOptional(),
});
