/**
 * Listening sockets that the service manager hands over: sd_listen_fds(3).
 *
 * @module
 */
import { Socket } from 'node:net';
import type { Log } from '../observe/log.ts';
import type { ListenerSettings } from '../terminator/settings.ts';
import { findInherited } from '../terminator/workers/check-addresses.ts';
import type { InheritedListener } from '../terminator/workers/worker-options.ts';

export interface ActivatedSocket extends InheritedListener {
  /** `FileDescriptorName=` of the socket unit. */
  readonly name: string;
}

export interface PassedDescriptor {
  readonly descriptor: number;
  readonly name: string;
}

const FIRST_DESCRIPTOR = 3;
const MOST_DESCRIPTORS = 1_024;
const UNNAMED = 'unknown';

/** Nothing when the variables are for another process, as after a fork. */
export function passedDescriptors(
  variables: Readonly<Record<string, string | undefined>>,
  pid: number,
): PassedDescriptor[] {
  if (variables['LISTEN_PID'] !== String(pid)) return [];
  const given = variables['LISTEN_FDS'] ?? '';
  if (!/^\d{1,4}$/.test(given)) return [];
  const names = (variables['LISTEN_FDNAMES'] ?? '').split(':');
  return Array.from({ length: Math.min(Number(given), MOST_DESCRIPTORS) }, (_, index) => ({
    descriptor: FIRST_DESCRIPTOR + index,
    name: names[index] || UNNAMED,
  }));
}

/** Those of TCP. The sockets stay open, and nobody here accepts from them. */
export function takeSockets(passed: readonly PassedDescriptor[], log: Log): ActivatedSocket[] {
  return passed.flatMap(({ descriptor, name }) => {
    const address = addressOf(descriptor);
    if (address !== undefined) return [{ ...address, descriptor, name }];
    log.warn({ descriptor, name }, 'the service manager passed what is no TCP socket: not used');
    return [];
  });
}

/** Clients of such a socket would wait for ever. */
export function warnOfUnused(
  sockets: readonly ActivatedSocket[],
  listeners: readonly ListenerSettings[],
  log: Log,
): void {
  const used = new Set(listeners.map((listener) => findInherited(sockets, listener)));
  for (const socket of sockets) {
    if (used.has(socket)) continue;
    const { name, address, port } = socket;
    log.warn(
      { name, address, port },
      'the service manager passed a socket at which no listener of the configuration is: not used',
    );
  }
}

function addressOf(descriptor: number): { address: string; port: number } | undefined {
  try {
    const socket = new Socket({ fd: descriptor, readable: false, writable: false });
    // Only asks for its name. It is never closed: the descriptor is needed for every worker.
    socket.on('error', () => {});
    const bound = socket.address();
    held.add(socket);
    if (!('address' in bound) || !('port' in bound)) return undefined;
    return { address: bound.address, port: bound.port };
  } catch {
    return undefined;
  }
}

/** A socket that is collected closes its descriptor. */
const held = new Set<Socket>();
