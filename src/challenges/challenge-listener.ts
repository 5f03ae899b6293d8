/**
 * A port of our own for the CA's requests, shared by all solvers of one process.
 *
 * @module
 */
import type { Server, Socket } from 'node:net';
import { AppError, systemCode } from '../core/errors.ts';

export interface ListenerSettings {
  readonly port: number;
  /** All addresses of this machine when absent. */
  readonly addresses?: readonly string[];
}

export interface ChallengeListener {
  /**
   * Opens the port for its first holder; it closes when the last one has released it.
   * @throws `listener/in-use`, `listener/not-permitted`, `listener/unavailable`.
   */
  acquire(): Promise<ListenerHold>;
}

export interface ListenerHold {
  /** Idempotent. */
  release(): Promise<void>;
}

/** What differs between the challenge types. */
export interface ListenerKind {
  /** Named in errors: `http-01`. */
  readonly type: string;
  /** The command line option that chooses another port. */
  readonly portOption: string;
  createServer(): Server;
}

/** Anybody may connect, so the number of connections is bounded. */
const MOST_CONNECTIONS = 256;

export function createChallengeListener(
  kind: ListenerKind,
  settings: ListenerSettings,
): ChallengeListener {
  let holders = 0;
  // Opening and closing follow each other: a port is never asked for while it is being closed.
  let turn: Promise<unknown> = Promise.resolve();
  let servers: readonly OpenServer[] = [];

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };

  return {
    acquire: () =>
      inTurn(async () => {
        if (holders === 0) servers = await openServers(kind, settings);
        holders += 1;
        let released: Promise<void> | undefined;
        return {
          release: () =>
            (released ??= inTurn(async () => {
              holders -= 1;
              if (holders > 0) return;
              await closeServers(servers);
              servers = [];
            })),
        };
      }),
  };
}

interface OpenServer {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

async function openServers(kind: ListenerKind, settings: ListenerSettings): Promise<OpenServer[]> {
  const opened: OpenServer[] = [];
  try {
    for (const address of settings.addresses ?? [ANY_IPV6]) {
      opened.push(await openServer(kind, address, settings.port));
    }
    return opened;
  } catch (thrown) {
    if (settings.addresses === undefined && lacksIpv6(thrown)) {
      return openServers(kind, { ...settings, addresses: [ANY_IPV4] });
    }
    await closeServers(opened);
    throw thrown instanceof AppError ? thrown : listenerError(kind, settings.port, thrown);
  }
}

async function openServer(kind: ListenerKind, address: string, port: number): Promise<OpenServer> {
  const server = kind.createServer();
  const sockets = new Set<Socket>();
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host: address }, resolve);
  await promise;
  server.off('error', reject);
  // Failures of accept concern one connection; the CA tries again.
  server.on('error', () => {});
  return { server, sockets };
}

async function closeServers(servers: readonly OpenServer[]): Promise<void> {
  await Promise.all(
    servers.map(({ server, sockets }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      return promise;
    }),
  );
}

function listenerError(kind: ListenerKind, port: number, cause: unknown): AppError {
  const message = `cannot listen on port ${port} for ${kind.type} challenges`;
  const context = { port, challenge: kind.type };
  switch (systemCode(cause)) {
    case 'EADDRINUSE':
      return new AppError('listener/in-use', message, {
        mend: `Stop the program that uses port ${port}, choose another port with ${kind.portOption}, or let certctl serve answer.`,
        context,
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new AppError('listener/not-permitted', message, {
        mend: `Run as root, grant CAP_NET_BIND_SERVICE, or choose a port above 1023 with ${kind.portOption}.`,
        context,
        cause,
      });
    default:
      return new AppError('listener/unavailable', message, {
        mend: 'Check that the address belongs to this machine.',
        context,
        cause,
      });
  }
}

function lacksIpv6(thrown: unknown): boolean {
  return ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'].includes(systemCode(thrown) ?? '');
}

/** Accepts IPv4 as well. */
const ANY_IPV6 = '::';
const ANY_IPV4 = '0.0.0.0';
