/**
 * Where a name server is, as text.
 *
 * @module
 */
import { isIP, isIPv6 } from 'node:net';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A host or an IP address, with or without a port; an IPv6 address with one is in brackets. */
export function findServerAddress(text: string): ServerAddress | undefined {
  if (isIP(text) !== 0) return { host: text, port: USUAL_PORT };
  const [, bracketed, plain, digits = `${USUAL_PORT}`] =
    /^(?:\[([^\]]+)\]|([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)\.?)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  return { host, port };
}

const USUAL_PORT = 53;
