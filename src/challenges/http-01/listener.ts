/**
 * A web server that knows nothing but the answers of http-01 challenges (RFC 8555 §8.3).
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SECOND_MS } from '../../core/clock.ts';
import type { AnswerBook } from '../answers.ts';
import {
  type ChallengeListener,
  createChallengeListener,
  type ListenerSettings,
} from '../challenge-listener.ts';

export interface Http01ListenerOptions extends ListenerSettings {
  readonly answers: AnswerBook;
}

export function createHttp01Listener({
  answers,
  ...settings
}: Http01ListenerOptions): ChallengeListener {
  return createChallengeListener(
    {
      type: 'http-01',
      portOption: '--http01-port',
      createServer: () => {
        const server = createServer(LIMITS, (request, response) =>
          answer(answers, request, response),
        );
        server.setTimeout(IDLE_TIMEOUT_MS, (socket) => socket.destroy());
        return server;
      },
    },
    settings,
  );
}

function answer(answers: AnswerBook, request: IncomingMessage, response: ServerResponse): void {
  const token = findToken(request.url);
  const challenge = token === undefined ? undefined : answers.findByToken(token);
  // A request body is never read, so the connection cannot be used again.
  response.setHeader('connection', 'close');
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  const mayRead = request.method === 'GET' || request.method === 'HEAD';
  if (challenge === undefined || !mayRead) {
    response.statusCode = 404;
    response.end('not found\n');
    return;
  }
  response.end(challenge.keyAuthorization);
}

/** The token that a request of a CA asks for; `undefined` for every other request. */
export function findToken(url = ''): string | undefined {
  return TOKEN_PATH.exec(url)?.[1];
}

/** Tokens are base64url (RFC 8555 §8.3). */
const TOKEN_PATH = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,512})(?:\?|$)/;

const IDLE_TIMEOUT_MS = 10 * SECOND_MS;
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10 * SECOND_MS,
  requestTimeout: 10 * SECOND_MS,
  connectionsCheckingInterval: SECOND_MS,
};
