/**
 * Judges by a name alone whether a certificate may be made for it on demand.
 *
 * @module
 */
import { ANY_HOST, type Name, covers, isAddress, isWildcard } from '../../core/names.ts';
import { registeredDomain } from '../budget/registered-domain.ts';
import type { OnDemandSettings } from './settings.ts';

/**
 * What speaks against the name, as a clause; `undefined` when nothing does. Whoever answers every
 * name below a zone can be asked for names without end, which repeat their labels or grow.
 */
export function objectionTo(
  name: Name,
  { host, patterns, depth }: Pick<OnDemandSettings, 'host' | 'patterns' | 'depth'>,
): string | undefined {
  if (isAddress(name) || isWildcard(name)) return 'it is no hostname';
  if (!name.includes('.')) return 'it has only one label';
  if (host !== ANY_HOST && !covers(host, name)) return `${host} does not cover it`;
  if (patterns?.some((pattern) => covers(pattern, name)) === false) {
    return 'none of the names of onDemand covers it';
  }
  const domain = registeredDomain(name);
  if (name === domain) return undefined;
  const below = name.slice(0, -(domain.length + 1));
  const labels = below.split('.');
  if (new Set(labels).size < labels.length) return 'it repeats a label';
  if (`.${below}`.endsWith(`.${domain}`)) return `it repeats ${domain}`;
  return host === ANY_HOST && labels.length > depth
    ? `it has ${labels.length} labels below ${domain}, at most ${depth} are allowed`
    : undefined;
}
