/**
 * Which zone of a credential contains a name: the one with the longest suffix, because a subdomain
 * can be a zone of its own.
 *
 * @module
 */
import { type Clock, MINUTE_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

export interface Zone {
  /** Lower-case, without trailing dot. */
  readonly name: string;
}

export type FindZone<Found extends Zone> = (name: string, signal: AbortSignal) => Promise<Found>;

export interface ZoneSearchOptions {
  /** As messages call the host. */
  readonly host: string;
  readonly clock: Clock;
  /** Of all zones only these may be changed. */
  readonly allowed?: readonly string[] | undefined;
}

/** For hosts that list the zones of a credential, in pages. */
export function searchZoneList<Found extends Zone>(
  options: ZoneSearchOptions,
  list: (signal: AbortSignal) => AsyncIterable<readonly Found[]>,
): FindZone<Found> {
  let known: { readonly zones: readonly Found[]; readonly until: number } | undefined;
  return async (name, signal) => {
    const wanted = candidatesOf(name, options);
    const now = options.clock.now().getTime();
    const remembered = known !== undefined && known.until > now ? longest(wanted, known.zones) : [];
    if (remembered.length > 0) return remembered[0] as Found;
    const zones: Found[] = [];
    let pages = 0;
    for await (const page of wanted.length === 0 ? [] : list(signal)) {
      zones.push(...page);
      pages += 1;
      if (pages >= MOST_PAGES) break;
    }
    known = { zones, until: now + REMEMBERED_MS };
    const [zone] = longest(wanted, zones);
    if (zone === undefined) throw notFound(name, options);
    return zone;
  };
}

/** For credentials that may not ask for zones: the operator has named them. */
export function searchGivenZones(
  options: ZoneSearchOptions,
  zones: readonly string[],
): FindZone<Zone> {
  return async (name) => {
    const [zone] = longest(
      suffixesOf(name),
      zones.map((each) => ({ name: each })),
    );
    if (zone === undefined) throw notFound(name, options);
    return zone;
  };
}

/**
 * For hosts that are better asked for one zone at a time: `lookUp` finds the zone of the name
 * `candidate`, or any that contains it.
 */
export function searchZoneByName<Found extends Zone>(
  options: ZoneSearchOptions,
  lookUp: (candidate: string, name: string, signal: AbortSignal) => Promise<Found | undefined>,
): FindZone<Found> {
  const known = new Map<string, { readonly zone: Found | undefined; readonly until: number }>();
  return async (name, signal) => {
    const now = options.clock.now().getTime();
    const absent: string[] = [];
    for (const candidate of candidatesOf(name, options)) {
      const remembered = known.get(candidate);
      const isFresh = remembered !== undefined && remembered.until > now;
      const zone = isFresh ? remembered.zone : await lookUp(candidate, name, signal);
      if (zone === undefined || !candidatesOf(candidate, options).includes(zone.name)) {
        absent.push(candidate);
        continue;
      }
      // What is no zone is remembered only below one that is: a zone that is missing may come.
      const until = now + REMEMBERED_MS;
      if (known.size > MOST_REMEMBERED) known.clear();
      if (!isFresh) known.set(candidate, { zone, until });
      for (const other of absent) known.set(other, { zone: undefined, until });
      return zone;
    }
    for (const candidate of absent) known.delete(candidate);
    throw notFound(name, options);
  };
}

/** `name` relative to its zone; `apex` for the zone's own name. */
export function relativeName(name: string, zone: Zone, apex = ''): string {
  return name === zone.name ? apex : name.slice(0, -(zone.name.length + 1));
}

/** A name as APIs spell zones: lower-case, without the trailing dot. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** `name` and its parents, the longest first, without top-level domains. */
export function suffixesOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(0, -1).map((_label, depth) => labels.slice(depth).join('.'));
}

function candidatesOf(name: string, { allowed }: ZoneSearchOptions): string[] {
  return suffixesOf(name).filter((suffix) => allowed === undefined || allowed.includes(suffix));
}

function longest<Found extends Zone>(wanted: readonly string[], zones: readonly Found[]): Found[] {
  return wanted.flatMap((candidate) => zones.filter((zone) => zone.name === candidate));
}

function notFound(name: string, { host, allowed }: ZoneSearchOptions): AppError {
  return new AppError('dns/zone-not-found', `no zone of this ${host} credential contains ${name}`, {
    mend: 'Give the credential access to the zone, and add it to its zones if it lists any.',
    context: { name, zones: allowed },
  });
}

const MOST_PAGES = 100;
const REMEMBERED_MS = 5 * MINUTE_MS;
const MOST_REMEMBERED = 10_000;
