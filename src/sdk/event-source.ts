/**
 * Events as an emitter: followed in the store while anybody listens.
 *
 * @module
 */
import { EventEmitter } from 'node:events';
import { isAbort } from '../core/errors.ts';
import type { Log } from '../observe/log.ts';
import type { ManagerEvent, ManagerEvents } from './manager.ts';

export type FollowEvents = (signal: AbortSignal) => AsyncIterable<ManagerEvent>;

type Listener = (event: ManagerEvent) => void;

export class EventSource {
  readonly #emitter = new EventEmitter();
  readonly #follow: FollowEvents;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #isFollowing = false;

  constructor(follow: FollowEvents, log: Log, signal: AbortSignal) {
    this.#follow = follow;
    this.#log = log;
    this.#signal = signal;
  }

  on(type: keyof ManagerEvents, listener: Listener, times: 'always' | 'once'): void {
    if (times === 'once') this.#emitter.once(type, listener);
    else this.#emitter.on(type, listener);
    if (!this.#isFollowing) void this.#run();
  }

  off(type: keyof ManagerEvents, listener: Listener): void {
    this.#emitter.off(type, listener);
  }

  async #run(): Promise<void> {
    this.#isFollowing = true;
    try {
      for await (const event of this.#follow(this.#signal)) {
        this.#emit(event.type, event);
        this.#emit('event', event);
      }
    } catch (thrown) {
      if (!isAbort(thrown, this.#signal)) {
        this.#log.error({ err: thrown }, 'events cannot be followed');
        // The next listener tries again.
        this.#isFollowing = false;
      }
    }
  }

  #emit(type: keyof ManagerEvents, event: ManagerEvent): void {
    try {
      this.#emitter.emit(type, event);
    } catch (thrown) {
      // A fault of the listener is the program's, and must not end the events of the others.
      process.nextTick(() => {
        throw thrown;
      });
    }
  }
}
