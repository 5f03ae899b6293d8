/**
 * Addresses of the public internet, as the IANA registries of special-purpose addresses leave them.
 *
 * @module
 */
import { isIP } from 'node:net';
import { createNetworkCheck, isInternalAddress } from '../../core/networks.ts';

const isSpecial = createNetworkCheck([
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  // 6to4 holds an IPv4 address of any kind.
  '2002::/16',
  '3fff::/20',
]);

/** All that was ever given out; IPv4 in IPv6 and NAT64 lie outside. */
const isGivenOut = createNetworkCheck(['2000::/3']);

export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !isInternalAddress(address) && !isSpecial(address);
    case 6:
      return isGivenOut(address) && !isSpecial(address);
    default:
      return false;
  }
}
