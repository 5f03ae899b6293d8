/**
 * IP addresses as clients have them, and lists of addresses and networks.
 *
 * @module
 */
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

/** True for an address, or a network as `address/bits`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more !== undefined) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Whether one of `networks` holds the address; an IPv4 address may come as `::ffff:a.b.c.d`. */
export function createNetworkCheck(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (given) => {
    const address = plainAddress(given);
    return isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  };
}

/** RFC 6890: what nobody can reach from outside. */
export const isInternalAddress = createNetworkCheck([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

/** Without the prefix that an IPv4 address has on a socket of both families. */
export function plainAddress(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return mapped ?? address;
}

/** The short form of an address; an IPv4 address in IPv6 form is the IPv4 address. */
export function canonicalAddress(address: string): string {
  if (isIPv4(address)) return address;
  return plainAddress(new SocketAddress({ family: 'ipv6', address }).address);
}

const PREFIX_GROUPS = 4;
const GROUPS = 8;

/** Whom an address stands for: a client has a whole /64 of IPv6. */
export function clientNetwork(given: string): string {
  const address = plainAddress(given);
  return isIPv6(address) ? prefix64(address) : address;
}

/** The /64 of an IPv6 address, e.g. `2001:db8:0:0::/64`. */
export function prefix64(address: string): string {
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 tail is two groups in one.
  const length = before.length + after.length + (bare.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, GROUPS - length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, PREFIX_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

const isLoopbackAddress = createNetworkCheck(['127.0.0.0/8', '::1']);

/** Whether the host of a URL is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost') return true;
  return isLoopbackAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
}
