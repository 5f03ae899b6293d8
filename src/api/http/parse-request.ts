/**
 * A part of a request against its schema.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { unknownKey } from '../../core/unknown-key.ts';

export const SEE_DOCUMENT = 'See /v1/openapi.json for what is taken.';

/** @throws `api/invalid` that names the field. */
export function parseRequest(
  schema: z.ZodType | undefined,
  value: unknown,
  place: 'path' | 'query' | 'body',
): unknown {
  if (schema === undefined) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = [place, issue?.path.join('.')].filter(Boolean).join(': ');
  if (issue?.code === 'unrecognized_keys') {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    const { message, mend = SEE_DOCUMENT } = unknownKey(issue.keys[0] ?? '', known);
    throw new AppError('api/invalid', `${where}: ${message}`, { mend });
  }
  throw new AppError('api/invalid', `${where}: ${issue?.message ?? 'malformed'}`, {
    mend: SEE_DOCUMENT,
  });
}
