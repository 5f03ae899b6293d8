/**
 * Whether a name leads to this machine.
 *
 * @module
 */
import { findName } from '../../core/names.ts';
import { isInternalAddress } from '../../core/networks.ts';
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
  const areComplete = configured.length > 0 || !ofInterfaces.every(isInternalAddress);
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
