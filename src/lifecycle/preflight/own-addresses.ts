/**
 * Whether a name leads to this machine.
 *
 * @module
 */
import { BlockList, isIPv4 } from 'node:net';
import { findName } from '../../core/names.ts';
import type { AddressLookup } from '../../dns/addresses.ts';

export interface OwnAddresses {
  readonly addresses: ReadonlySet<string>;
  /** False behind a translating router whose outer address nobody has told us. */
  readonly areComplete: boolean;
}

export type Destination =
  | { readonly leads: 'here'; readonly addresses: readonly string[] }
  | {
      readonly leads: 'partly-here' | 'elsewhere' | 'unknown';
      readonly addresses: readonly string[];
      readonly others: readonly string[];
    }
  | { readonly leads: 'nowhere' }
  | { readonly leads: 'unanswered'; readonly reason: string };

/** `configured` are the addresses that routers in front of us have for us. */
export function ownAddresses(
  ofInterfaces: readonly string[],
  configured: readonly string[],
): OwnAddresses {
  const all = [...ofInterfaces, ...configured].map(canonical);
  const areComplete = configured.length > 0 || ofInterfaces.some((address) => isPublic(address));
  return { addresses: new Set(all), areComplete };
}

export function destinationOf(lookup: AddressLookup, own: OwnAddresses): Destination {
  if (!lookup.known) return { leads: 'unanswered', reason: lookup.reason };
  const addresses = lookup.addresses.map(canonical);
  if (addresses.length === 0) return { leads: 'nowhere' };
  const others = addresses.filter((address) => !own.addresses.has(address));
  if (others.length === 0) return { leads: 'here', addresses };
  if (others.length < addresses.length) return { leads: 'partly-here', addresses, others };
  return { leads: own.areComplete ? 'elsewhere' : 'unknown', addresses, others };
}

/** One text for one address, however it was written. */
function canonical(address: string): string {
  return findName(address) ?? address;
}

function isPublic(address: string): boolean {
  return !NOT_PUBLIC.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** RFC 6890: what nobody can reach from outside. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}
