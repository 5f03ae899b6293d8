/**
 * The identifier behind the server name of a validation request.
 *
 * @module
 */
import { findName, type Name } from '../core/names.ts';

/** RFC 8738 §6: an IP address is asked for by its reverse-mapping name. */
export function identifierOf(serverName: Name): Name {
  return fromInAddrArpa(serverName) ?? fromIp6Arpa(serverName) ?? serverName;
}

const IP6_NIBBLES = 32;

function fromInAddrArpa(name: Name): Name | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\.in-addr\.arpa$/.exec(name);
  if (match?.[1] === undefined) return undefined;
  return findName(match[1].split('.').toReversed().join('.'));
}

function fromIp6Arpa(name: Name): Name | undefined {
  const match = /^((?:[0-9a-f]\.)+)ip6\.arpa$/.exec(name);
  const nibbles = match?.[1]?.replaceAll('.', '');
  if (nibbles?.length !== IP6_NIBBLES) return undefined;
  const digits = nibbles.split('').toReversed().join('');
  return findName(digits.match(/.{4}/g)?.join(':') ?? '');
}
