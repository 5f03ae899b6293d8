/**
 * The addresses that a name leads to, as a CA would find them.
 *
 * @module
 */
import { systemCode } from '../core/errors.ts';
import { followAlias } from './alias.ts';
import { askForAll, type DnsResolver } from './resolver.ts';

export type AddressLookup =
  | { readonly known: true; readonly addresses: readonly string[] }
  | { readonly known: false; readonly reason: string };

/** A and AAAA records at the end of the name's CNAME chain; none when there is no such name. */
export async function findAddresses(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<AddressLookup> {
  try {
    const direct = await addressesOf(name, resolver, signal);
    if (direct.length > 0) return { known: true, addresses: direct };
    const target = await followAlias(name, resolver, signal);
    const addresses = target === name ? [] : await addressesOf(target, resolver, signal);
    return { known: true, addresses };
  } catch (thrown) {
    signal.throwIfAborted();
    return { known: false, reason: systemCode(thrown) ?? 'no usable answer' };
  }
}

/** Where a challenge record of `name` is delegated to, if it is (RFC 8555 §8.4). */
export async function findDelegation(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string | undefined> {
  const record = `_acme-challenge.${name}`;
  try {
    const target = await followAlias(record, resolver, signal);
    return target === record ? undefined : target;
  } catch {
    // A delegation that cannot be read is none to rely on.
    signal.throwIfAborted();
    return undefined;
  }
}

async function addressesOf(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string[]> {
  const [v4, v6] = await Promise.all([
    askForAll(resolver, (dns) => dns.resolve4(name), signal),
    askForAll(resolver, (dns) => dns.resolve6(name), signal),
  ]);
  return [...v6, ...v4].slice(0, MOST_ADDRESSES);
}

const MOST_ADDRESSES = 16;
