/**
 * How long a request may go on that has its answer.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Node reads the rest of an answered request, so that the next one can follow. A client that sends it
 * octet by octet would hold its connection for as long as it likes.
 */
export function boundRest(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    const stop = (): void => clearTimeout(timer);
    request.once('end', stop);
    socket.once('close', stop);
  });
}

/** Long enough for the answer to arrive, and for what was on its way. */
const LINGER_MS = 5_000;
