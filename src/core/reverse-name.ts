/**
 * The server name by which a CA asks for an identifier in TLS.
 *
 * @module
 */
import { findName, isAddress, type Name } from './names.ts';

/**
 * The identifier that `serverName` asks for: itself, or for the reverse name of an IP address
 * (RFC 8738 §6) that address. `undefined` for what no CA asks for.
 */
export function findIdentifier(serverName: string): Name | undefined {
  const name = serverName.toLowerCase().replace(/\.$/, '');
  const address = addressOf(name);
  if (address !== undefined) return findName(address);
  const identifier = findName(name);
  // RFC 6066 §3: literal addresses are no server names.
  if (identifier === undefined || isAddress(identifier)) return undefined;
  return identifier.startsWith('*.') ? undefined : identifier;
}

function addressOf(name: string): string | undefined {
  const v4 = IN_ADDR.exec(name)?.[1];
  if (v4 !== undefined) return v4.split('.').toReversed().join('.');
  const v6 = IP6.exec(name)?.[1];
  if (v6 === undefined) return undefined;
  const digits = v6.split('.').toReversed().join('');
  return digits.match(/.{4}/g)?.join(':');
}

const IN_ADDR = /^((?:\d{1,3}\.){3}\d{1,3})\.in-addr\.arpa$/;
const IP6 = /^((?:[0-9a-f]\.){31}[0-9a-f])\.ip6\.arpa$/;
