/**
 * Where the TXT records of a name really live: the name servers of its zone, by their addresses.
 *
 * @module
 */
import { AppError, systemCode } from '../core/errors.ts';
import { bracketed } from '../core/host-port.ts';
import { aliasOf, followChain } from './alias.ts';
import { askForAll, type DnsResolver, type OpenResolver } from './resolver.ts';

export interface NameServer {
  /** For people: `ns1.example.com (192.0.2.1)`. */
  readonly label: string;
  /** As a resolver wants it. */
  readonly address: string;
}

export interface RecordLocation {
  /** The name at the end of the CNAME chain. */
  readonly name: string;
  readonly servers: readonly NameServer[];
  /** Name servers of the zone whose addresses cannot be found, with the reason. */
  readonly lost: readonly string[];
}

/** @throws `challenge/not-ready` when the chain, the zone or its servers cannot be found. */
export async function findRecordLocation(
  name: string,
  openResolver: OpenResolver,
  recursor: DnsResolver,
  signal: AbortSignal,
): Promise<RecordLocation> {
  const canonical = await findRecordTarget(name, openResolver, recursor, signal);
  const zone = await findZone(canonical, recursor, signal);
  return { name: canonical, ...(await findServers(zone, recursor, signal)) };
}

/**
 * The name at the end of the CNAME chain of `name`. The name servers themselves are asked: a
 * resolver would remember that a record which is about to be written is not there.
 * @throws `challenge/not-ready` as `findRecordLocation`.
 */
export function findRecordTarget(
  name: string,
  openResolver: OpenResolver,
  recursor: DnsResolver,
  signal: AbortSignal,
): Promise<string> {
  return followChain(name, async (current) => {
    const parent = current.slice(current.indexOf('.') + 1);
    const zone = await findZone(parent, recursor, signal);
    // A CNAME record cannot be where a zone begins.
    if (current === zone) return undefined;
    try {
      const { servers } = await findServers(zone, recursor, signal);
      return await firstAnswer(servers, (address) =>
        aliasOf(current, openResolver([address]), signal),
      );
    } catch {
      signal.throwIfAborted();
    }
    // Where nobody but the resolver can be reached, it has to do.
    return aliasOf(current, recursor, signal);
  });
}

async function firstAnswer<Answer>(
  servers: readonly NameServer[],
  ask: (address: string) => Promise<Answer>,
): Promise<Answer> {
  const [first, ...rest] = servers.slice(0, MOST_SILENT);
  if (first === undefined) throw new TypeError('a zone without name servers');
  try {
    return await ask(first.address);
  } catch (thrown) {
    if (rest.length === 0) throw thrown;
    return firstAnswer(rest, ask);
  }
}

/** @throws `challenge/not-ready`. */
export async function findZone(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string> {
  const labels = name.split('.');
  for (const [depth] of labels.entries()) {
    const candidate = labels.slice(depth).join('.');
    const found = await askForAll(
      resolver,
      async (dns) => [await dns.resolveSoa(candidate)],
      signal,
    );
    // An alias shows the SOA record of where it leads.
    if (found.length > 0 && (await aliasOf(candidate, resolver, signal)) === undefined) {
      return candidate;
    }
  }
  throw new AppError('challenge/not-ready', `cannot find the zone of ${name}`, {
    mend: ZONE_MEND,
    context: { name },
  });
}

async function findServers(
  zone: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<Pick<RecordLocation, 'servers' | 'lost'>> {
  const hosts = await askForAll(resolver, (dns) => dns.resolveNs(zone), signal);
  const found = await Promise.all(
    hosts.slice(0, MOST_HOSTS).map(async (host) => {
      try {
        const servers = await addressesOf(host, resolver, signal);
        return servers.length > 0 ? servers : `${host.toLowerCase()} has no address`;
      } catch (thrown) {
        signal.throwIfAborted();
        const why = systemCode(thrown) ?? 'no usable answer';
        return `${host.toLowerCase()} cannot be looked up (${why})`;
      }
    }),
  );
  const servers = found.filter((each) => typeof each !== 'string').flat();
  const lost = found.filter((each) => typeof each === 'string');
  if (servers.length > 0) return { servers, lost };
  throw new AppError('challenge/not-ready', `cannot find an address of a name server of ${zone}`, {
    mend: ZONE_MEND,
    context: { zone, lost },
  });
}

async function addressesOf(
  host: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<NameServer[]> {
  const [v4, v6] = await Promise.all([
    askForAll(resolver, (dns) => dns.resolve4(host), signal),
    askForAll(resolver, (dns) => dns.resolve6(host), signal),
  ]);
  return [...v4, ...v6].slice(0, MOST_ADDRESSES).map((address) => ({
    label: `${host.toLowerCase()} (${address})`,
    address: bracketed(address),
  }));
}

const ZONE_MEND =
  'Check the delegation of the zone, or name resolvers to ask in the DNS credential.';

// A zone of somebody else decides how much there is to ask.
const MOST_HOSTS = 16;
const MOST_ADDRESSES = 4;
const MOST_SILENT = 4;
