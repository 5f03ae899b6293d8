/**
 * Answers http-01 challenges among the requests of a program's own server (RFC 8555 §8.3).
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findToken } from '../challenges/http-01/listener.ts';
import type { Feed } from '../feed/feed.ts';

/** A request listener of `node:http`, and middleware of Express and Connect. */
export type ChallengeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** Leaves all that is no live challenge to `next`; without it that is not found. */
export function createChallengeHandler(feed: Pick<Feed, 'findAnswer'>): ChallengeHandler {
  return (request, response, next = () => notFound(response)) => {
    const token = findToken(request.url);
    const mayRead = request.method === 'GET' || request.method === 'HEAD';
    if (token === undefined || !mayRead) {
      next();
      return;
    }
    void answer(token, response, next);
  };

  async function answer(token: string, response: ServerResponse, next: () => void) {
    // An answer that cannot be looked up is one that is not there.
    const found = await feed.findAnswer({ type: 'http-01', token }).catch(() => undefined);
    if (found?.type !== 'http-01') {
      next();
      return;
    }
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(found.keyAuthorization);
  }
}

function notFound(response: ServerResponse): void {
  response.statusCode = 404;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end('not found\n');
}
