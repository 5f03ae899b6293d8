/**
 * A listening socket whose protocol can change while it is open.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { AppError, type ErrorCode, systemCode } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import type { ListenerSettings } from './settings.ts';

export interface Listener {
  /** With the port that the system chose when port 0 was asked for. */
  readonly bound: { readonly address: string; readonly port: number };
  protocol: ListenerSettings['protocol'];
  /** Hands over what was accepted since the opening, and from now on. */
  start(): void;
  /** Takes no more connections; those that are open go on. */
  close(): void;
}

export interface ListenerOptions {
  /**
   * Several processes share the port, each with a socket of its own, and the kernel spreads the
   * connections over them. Without it, workers of `node:cluster` share one socket.
   */
  readonly reusePort: boolean;
  /** The descriptor of a socket that listens already, for this address. */
  readonly descriptor?: number | undefined;
  readonly onConnection: (raw: Socket, protocol: ListenerSettings['protocol']) => void;
}

/** @throws `listener/in-use`, `listener/not-permitted` or `listener/unavailable`. */
export async function openListener(
  settings: ListenerSettings,
  options: ListenerOptions,
): Promise<Listener> {
  const { address, port, protocol } = settings;
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  });
  // From the first moment on, so that no connection is accepted and forgotten.
  const early: Socket[] = [];
  let take = (raw: Socket): void => void early.push(raw);
  server.on('connection', (raw) => take(raw));
  await listen(server, { address, port, ...options });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('not a TCP listener');
  const listener: Listener = {
    bound: { address: bound.address, port: bound.port },
    protocol,
    start: () => {
      take = (raw) => options.onConnection(raw, listener.protocol);
      for (const raw of early.splice(0)) take(raw);
    },
    close: () => {
      for (const raw of early.splice(0)) raw.destroy();
      // Right after the loop has accepted what waits, which closing would reset.
      setImmediate(() => server.close());
    },
  };
  return listener;
}

/**
 * Fails when another program has the address: a listener that shares its port would otherwise take
 * a part of that program's connections in silence.
 *
 * @returns the port, which the system has chosen when 0 was asked for.
 */
export async function probeAddress(address: string, port: number): Promise<number> {
  const server = createServer();
  await listen(server, { address, port, reusePort: false });
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return bound === null || typeof bound === 'string' ? port : bound.port;
}

/** Whether this system spreads connections over the processes that listen on one port. */
export async function canSharePorts(): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, { address: '127.0.0.1', port: 0, reusePort: true });
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

const KEEP_ALIVE_DELAY_MS = 60_000;
const BACKLOG = 4_096;

function listen(
  server: Server,
  where: {
    readonly address: string;
    readonly port: number;
    readonly reusePort: boolean;
    readonly descriptor?: number | undefined;
  },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { address, port, reusePort, descriptor } = where;
  const onError = (cause: unknown): void => reject(bindError(address, port, cause));
  server.once('error', onError);
  const place = descriptor === undefined ? { host: address, port, reusePort } : { fd: descriptor };
  server.listen({ ...place, backlog: BACKLOG }, () => {
    server.off('error', onError);
    // A failing accept, such as one without free descriptors, is tried again by the system.
    server.on('error', () => {});
    resolve();
  });
  return promise;
}

function bindError(address: string, port: number, cause: unknown): AppError {
  const shown = hostPort({ address, port });
  const [code, mend] = BIND_FAULTS[systemCode(cause) ?? ''] ?? OTHER_FAULT;
  return new AppError(code, `listening on ${shown} failed`, {
    cause,
    mend: mend.replaceAll('ADDRESS', shown).replaceAll('PORT', String(port)),
    context: { address, port },
  });
}

const BIND_FAULTS: Readonly<Record<string, [ErrorCode, string]>> = {
  EADDRINUSE: [
    'listener/in-use',
    'Stop the program that listens on ADDRESS (ss -ltnp "sport = :PORT" shows it), or choose another port.',
  ],
  EACCES: [
    'listener/not-permitted',
    'Grant the right to bind ports below 1024 (AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, net.ipv4.ip_unprivileged_port_start=0 for a container), or choose a higher port.',
  ],
};
const OTHER_FAULT: [ErrorCode, string] = [
  'listener/unavailable',
  'Use an address of this machine (ip address shows them), or 0.0.0.0 for all of them.',
];
