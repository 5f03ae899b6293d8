/**
 * Requests that a client sends before it has the answers to those before (RFC 9112 §9.3.2).
 *
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Node hands them out all at once. One after the other they are done in the client's order, and one
 * connection cannot take all connections to the upstream.
 */
export class Pipelines {
  readonly #waiting = new WeakMap<Duplex, (() => void)[]>();
  readonly #longest: number;

  /** A connection with more requests than that is cut. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  inTurn(socket: Duplex, response: ServerResponse, task: () => void): void {
    response.once('close', () => this.#next(socket));
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      this.#waiting.set(socket, []);
      task();
    } else if (waiting.length < this.#longest) {
      waiting.push(task);
    } else {
      socket.destroy();
    }
  }

  #next(socket: Duplex): void {
    const task = socket.destroyed ? undefined : this.#waiting.get(socket)?.shift();
    if (task === undefined) this.#waiting.delete(socket);
    else task();
  }
}
