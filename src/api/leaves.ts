/**
 * The kinds of single values that requests have.
 *
 * @module
 */
import { z } from 'zod';
import { findName, type Name } from '../core/names.ts';

/** Of a record. */
export const id = z.string().regex(/^[a-z0-9-]{1,64}$/);

export const instant = z.iso.datetime({
  offset: true,
  error: 'must be an instant, e.g. 2026-12-01T00:00:00Z',
});

/** A name as certificates have it; wildcards and addresses among them. */
export const certificateName = z
  .string()
  .max(300)
  .refine((text) => findName(text) !== undefined, {
    error: ({ input }) => `${String(input).slice(0, 100)} is neither a name nor an address`,
  });

/** What a token is bound to: `bind:app.example.com`, `bind:*.customer.net`. */
export const bindPattern = z
  .string()
  .max(300)
  .refine((text) => findPattern(text) !== undefined, {
    error: 'must be bind: and a name, e.g. bind:app.example.com or bind:*.customer.net',
  });

export function findPattern(text: string): Name | undefined {
  return text.startsWith('bind:') ? findName(text.slice('bind:'.length)) : undefined;
}
