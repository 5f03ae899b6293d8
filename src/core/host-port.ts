/**
 * Hosts and ports as URLs and people write them.
 *
 * @module
 */

/** An IPv6 address in its brackets, anything else as it is (RFC 3986 §3.2.2). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

export function hostPort({ address, port }: { address: string; port: number }): string {
  return `${bracketed(address)}:${port}`;
}
