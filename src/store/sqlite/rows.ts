/**
 * Values as columns hold them, in both directions.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';

/** The same columns as each kind of statement lists them. */
export interface Columns {
  /** `a, b` */
  readonly list: string;
  /** `@a, @b` */
  readonly parameters: string;
  /** `a = @a, b = @b` */
  readonly assignments: string;
}

export function columnsOf(names: readonly string[]): Columns {
  return {
    list: names.join(', '),
    parameters: names.map((name) => `@${name}`).join(', '),
    assignments: names.map((name) => `${name} = @${name}`).join(', '),
  };
}

export function encodeInstant(instant: Date): number {
  const milliseconds = instant.getTime();
  // SQLite would keep NaN as NULL: the instant would be lost without a word.
  if (Number.isNaN(milliseconds)) throw new TypeError('the store was given an invalid date');
  return milliseconds;
}

export function encodeOptionalInstant(instant: Date | undefined): number | null {
  return instant === undefined ? null : encodeInstant(instant);
}

export function decodeInstant(milliseconds: number): Date {
  return new Date(milliseconds);
}

export function decodeOptionalInstant(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : decodeInstant(milliseconds);
}

/** A copy that shares no memory with SQLite's buffers. */
export function decodeBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** @throws `store/corrupt`; the schema lets only JSON in. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('store/corrupt', 'cannot read a record: its JSON is damaged', {
      mend: 'Restore the database from a backup.',
    });
  }
}

export function encodeOptionalJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** An object with the field, or without it where the column is NULL. */
export function optional<K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } {
  return (value === null ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
