/**
 * What can be known about addresses before workers bind them.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { hostPort } from '../../core/host-port.ts';
import { probeAddress } from '../listener.ts';
import type { ListenerSettings } from '../settings.ts';
import type { InheritedListener } from './worker-options.ts';

type Address = Pick<ListenerSettings, 'address' | 'port'>;

/** Those of `wanted` at which `held` has no listener yet. */
export function addressesAdded(wanted: readonly Address[], held: readonly Address[]): Address[] {
  const known = new Set(held.map(hostPort));
  return wanted.filter((listener) => !known.has(hostPort(listener)));
}

/**
 * Fails for what another program has. An address that overlaps with our own is left to the workers:
 * they can share its port with each other, and with nobody who does not share, too.
 */
export async function checkAddresses(
  added: readonly Address[],
  held: readonly Address[],
): Promise<void> {
  for (const { address, port } of added) {
    const isShared = held.some((own) => own.port === port && overlap(own.address, address));
    if (!isShared) await probeAddress(address, port);
  }
}

/** Waits for those who still listen at the addresses, but not long: whoever binds them says why. */
export async function untilFree(addresses: readonly Address[]): Promise<void> {
  const deadline = AbortSignal.timeout(LONGEST_WAIT_MS);
  while (!deadline.aborted && !(await areFree(addresses))) await setTimeout(LOOK_AGAIN_MS);
}

async function areFree(addresses: readonly Address[]): Promise<boolean> {
  try {
    await checkAddresses(addresses, []);
    return true;
  } catch {
    return false;
  }
}

const LONGEST_WAIT_MS = 2_000;
const LOOK_AGAIN_MS = 10;

/**
 * Several workers can share only a port that has a number: port 0 becomes a free one, and stays it
 * as long as the address is wanted.
 */
export class ChosenPorts {
  readonly #chosen = new Map<string, number>();

  async resolve(wanted: readonly ListenerSettings[]): Promise<ListenerSettings[]> {
    const counts = new Map<string, number>();
    const resolved: ListenerSettings[] = [];
    for (const listener of wanted) {
      if (listener.port !== 0) {
        resolved.push(listener);
        continue;
      }
      const nth = counts.get(listener.address) ?? 0;
      counts.set(listener.address, nth + 1);
      const key = `${nth} ${listener.address}`;
      const port = this.#chosen.get(key) ?? (await probeAddress(listener.address, 0));
      this.#chosen.set(key, port);
      resolved.push({ ...listener, port });
    }
    return resolved;
  }
}

/** The socket that listens at the address already, if one does. */
export function findInherited(
  inherited: readonly InheritedListener[],
  { address, port }: Address,
): InheritedListener | undefined {
  const there = inherited.filter((one) => one.port === port);
  return (
    there.find((one) => one.address === address) ??
    // A socket for every IPv6 address takes IPv4, too, unless somebody has forbidden it.
    (address === '0.0.0.0' ? there.find((one) => one.address === '::') : undefined)
  );
}

function overlap(one: string, other: string): boolean {
  if (one === other || one === '::' || other === '::') return true;
  const isSameFamily = isIPv6(one) === isIPv6(other);
  return isSameFamily && (isUnspecified(one) || isUnspecified(other));
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
