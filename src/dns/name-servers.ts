/**
 * Where the TXT records of a name really live: the name servers of its zone, by their addresses.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { bracketed } from '../core/host-port.ts';
import { followAlias } from './alias.ts';
import { askForAll, type DnsResolver } from './resolver.ts';

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
}

/** @throws `challenge/not-ready` when the chain, the zone or its servers cannot be found. */
export async function findRecordLocation(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<RecordLocation> {
  const canonical = await followAlias(name, resolver, signal);
  const zone = await findZone(canonical, resolver, signal);
  const hosts = await askForAll(resolver, (dns) => dns.resolveNs(zone), signal);
  const servers = await Promise.all(
    hosts.slice(0, MOST_HOSTS).map((host) => addressesOf(host, resolver, signal)),
  );
  if (servers.flat().length === 0) {
    throw notFound(`cannot find an address of a name server of ${zone}`, name);
  }
  return { name: canonical, servers: servers.flat() };
}

async function findZone(name: string, resolver: DnsResolver, signal: AbortSignal): Promise<string> {
  const labels = name.split('.');
  for (const [depth] of labels.entries()) {
    const candidate = labels.slice(depth).join('.');
    const found = await askForAll(
      resolver,
      async (dns) => [await dns.resolveSoa(candidate)],
      signal,
    );
    if (found.length > 0) return candidate;
  }
  throw notFound(`cannot find the zone of ${name}`, name);
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

function notFound(message: string, name: string): AppError {
  return new AppError('challenge/not-ready', message, {
    mend: 'Check the delegation of the zone, or name resolvers to ask in the DNS credential.',
    context: { name },
  });
}

// A zone of somebody else decides how much there is to ask.
const MOST_HOSTS = 16;
const MOST_ADDRESSES = 4;
