/**
 * What a CA counts certificates by: the registered domain, or the network of an address.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import { getDomain } from 'tldts';
import { type Name, baseName, isAddress } from '../../core/names.ts';

const GROUPS = 8;
const PREFIX_GROUPS = 4;

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

/** Of an address in its shortest form, which has no dotted part. */
function prefix64(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: GROUPS - left.length - right.length }, () => '0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return `${groups.slice(0, PREFIX_GROUPS).join(':')}::/64`;
}
