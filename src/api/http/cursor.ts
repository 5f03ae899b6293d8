/**
 * Where a page of a list ends, as an opaque text.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { id } from '../leaves.ts';

const usual = z.strictObject({ id, expiresAt: z.int().optional() });
export type Cursor = z.output<typeof usual>;

const LONGEST = 300;

export function encodeCursor(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @throws `api/invalid`. */
export function decodeCursor(text: string): Cursor;
export function decodeCursor<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.output<Schema>;
export function decodeCursor(text: string, schema: z.ZodType = usual): unknown {
  try {
    return schema.parse(JSON.parse(Buffer.from(text.slice(0, LONGEST), 'base64url').toString()));
  } catch (thrown) {
    throw new AppError('api/invalid', 'the cursor is not one of this list', {
      cause: thrown,
      mend: 'Begin again without a cursor.',
    });
  }
}
