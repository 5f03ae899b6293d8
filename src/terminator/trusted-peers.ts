/**
 * The proxies whose word about a client's address counts.
 *
 * @module
 */
import { BlockList, isIPv4 } from 'node:net';

/** @param from addresses, and networks as `address/bits`; `undefined` trusts nobody */
export function createPeerCheck(from: readonly string[] | undefined): (address: string) => boolean {
  if (from === undefined) return () => false;
  const list = new BlockList();
  for (const entry of from) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
