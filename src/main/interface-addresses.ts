/**
 * The addresses of this machine's interfaces.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';

export function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}
