/**
 * Identifiers: names as ACME writes them (RFC 8555 §9.7.7, RFC 8738 §3).
 *
 * @module
 */
import { z } from 'zod';
import { findName, isAddress, type Name, sameNames } from '../core/names.ts';

export const identifierSchema = z.object({
  type: z.string().max(100),
  value: z.string().max(300),
});

export type Identifier = z.output<typeof identifierSchema>;

const SHOWN_NAMES = 3;

export function identifierFor(name: Name): Identifier {
  return { type: isAddress(name) ? 'ip' : 'dns', value: name };
}

/** True when they stand for the same names; servers may order and spell them in their own way. */
export function identifiersMatch(
  identifiers: readonly Identifier[],
  names: readonly Name[],
): boolean {
  const found = identifiers.flatMap(({ value }) => findName(value) ?? []);
  return found.length === identifiers.length && sameNames(found, names);
}

/** For messages: the first few, and how many more. */
export function describeIdentifiers(identifiers: readonly Identifier[]): string {
  const shown = identifiers.slice(0, SHOWN_NAMES).map(({ value }) => value);
  const hidden = identifiers.length - shown.length;
  return hidden > 0 ? `${shown.join(', ')} and ${hidden} more` : shown.join(', ');
}
