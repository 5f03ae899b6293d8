/**
 * Lets a server of the program answer challenges before the program sees them.
 *
 * @module
 */
import { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Feed } from '../feed/feed.ts';
import { answerAcme } from '../terminator/answer-acme.ts';
import { peekHello } from '../terminator/peek-hello.ts';
import { decideDestination } from '../terminator/routing.ts';
import { DEFAULT_LIMITS } from '../terminator/settings.ts';
import type { ChallengeHandler } from './challenge-handler.ts';

export type AnsweredType = 'http-01' | 'tls-alpn-01';

export interface Answerer {
  readonly handler: ChallengeHandler;
  readonly feed: Pick<Feed, 'findAnswer'>;
}

/** @returns what this kind of server answers. */
export function attachTo(server: Server, { handler, feed }: Answerer): AnsweredType {
  if (server instanceof TlsServer) {
    divertConnections(server, (raw) => answer(raw, feed));
    return 'tls-alpn-01';
  }
  if (server instanceof HttpServer) {
    divertRequests(server, handler);
    return 'http-01';
  }
  throw new TypeError(
    'answerChallenges wants a server of node:http, node:https, node:tls or http2',
  );
}

/** Listeners may be added later, so the event itself is held back instead of them being wrapped. */
function divertRequests(server: HttpServer, handler: ChallengeHandler): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = ((event: string, ...args: unknown[]) => {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as Parameters<ChallengeHandler>;
    handler(request, response, () => emit('request', request, response));
    return true;
  }) as typeof server.emit;
}

/**
 * The ClientHello is read before the server takes the connection: in the callbacks of a handshake
 * under TLS 1.2 the server name comes before the protocol, and the certificate depends on both.
 */
function divertConnections(server: TlsServer, isTaken: (raw: Socket) => Promise<boolean>): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = ((event: string, ...args: unknown[]) => {
    if (event !== 'connection') return emit(event, ...args);
    void divert(args[0] as Socket);
    return true;
  }) as typeof server.emit;

  async function divert(raw: Socket): Promise<void> {
    const onError = (): void => void raw.destroy();
    raw.on('error', onError);
    const taken = await isTaken(raw).catch(() => raw.destroy());
    if (taken !== false || raw.destroyed) return;
    raw.off('error', onError);
    emit('connection', raw);
  }
}

type Emit = (event: string, ...args: unknown[]) => boolean;

/** False, with the connection as it was, for all but a CA that asks for a live answer. */
async function answer(raw: Socket, feed: Pick<Feed, 'findAnswer'>): Promise<boolean> {
  const hello = await peekHello(raw, DEFAULT_LIMITS);
  if (typeof hello === 'string') return true;
  const destination = decideDestination(hello, { noServerName: 'refuse' });
  if (destination.action !== 'answer-acme') return false;
  return answerAcme(raw, destination.serverName, feed, DEFAULT_LIMITS);
}
