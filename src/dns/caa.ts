/**
 * The CAA records that apply to a name (RFC 8659 §3).
 *
 * @module
 */
import { systemCode } from '../core/errors.ts';
import { followAlias } from './alias.ts';
import { askForAll, type DnsResolver } from './resolver.ts';

export interface CaaRecord {
  readonly isCritical: boolean;
  /** Lower-case. */
  readonly tag: string;
  readonly value: string;
}

export type CaaLookup =
  /** `domain` is where the records were found; without records any CA may issue. */
  | { readonly known: true; readonly domain?: string; readonly records: readonly CaaRecord[] }
  /** A CA that gets no answer refuses (RFC 8659 §3): it does not climb past the failure. */
  | { readonly known: false; readonly domain: string; readonly reason: string };

/** The first set of records from `name` upwards. `name` is a hostname without `*.`. */
export async function findCaa(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<CaaLookup> {
  const labels = name.split('.');
  const domains = labels.map((_, depth) => labels.slice(depth).join('.'));
  // All at once: one round trip, and few names are deeper than four labels.
  const lookups = await Promise.all(
    domains.map((domain) => lookUp(domain, resolver, signal).catch(toFailure(domain, signal))),
  );
  return lookups.find(decides) ?? { known: true, records: [] };
}

function decides(lookup: CaaLookup): boolean {
  return !lookup.known || lookup.records.length > 0;
}

async function lookUp(
  domain: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<CaaLookup> {
  const records = await recordsOf(domain, resolver, signal);
  if (records.length > 0) return { known: true, domain, records };
  // Recursive resolvers follow aliases by themselves; authoritative ones leave it to us.
  const target = await followAlias(domain, resolver, signal);
  if (target === domain) return { known: true, records: [] };
  const aliased = await recordsOf(target, resolver, signal);
  return { known: true, domain, records: aliased };
}

async function recordsOf(
  domain: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<CaaRecord[]> {
  const answers = await askForAll(resolver, (dns) => dns.resolveCaa(domain), signal);
  return answers.slice(0, MOST_RECORDS).map(recordOf);
}

/** The resolver names the value's member after the tag, and adds a `type` of its own. */
function recordOf(answer: { readonly critical: number }): CaaRecord {
  const { critical, type: _own, ...tags } = answer as Readonly<Record<string, unknown>>;
  const [tag, value] = Object.entries(tags)[0] ?? [];
  return {
    isCritical: critical !== 0,
    // A tag that the resolver's own members hide is one that nobody knows.
    tag: tag?.toLowerCase() ?? 'unknown',
    value: typeof value === 'string' ? value : '',
  };
}

function toFailure(domain: string, signal: AbortSignal) {
  return (thrown: unknown): CaaLookup => {
    signal.throwIfAborted();
    return { known: false, domain, reason: systemCode(thrown) ?? 'no usable answer' };
  };
}

const MOST_RECORDS = 100;
