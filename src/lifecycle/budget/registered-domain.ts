/**
 * What a CA counts certificates by: the registered domain, or the network of an address.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import { getDomain } from 'tldts';
import { type Name, baseName, isAddress } from '../../core/names.ts';
import { prefix64 } from '../../core/networks.ts';

/**
 * One label more than the public suffix, private ones such as `github.io` included; a name that is
 * a public suffix itself; an IPv4 address; or the /64 of an IPv6 address.
 */
export function registeredDomain(name: Name): string {
  if (isIPv6(name)) return prefix64(name);
  if (isAddress(name)) return name;
  const base = baseName(name);
  return getDomain(base, { allowPrivateDomains: true, validateHostname: false }) ?? base;
}
