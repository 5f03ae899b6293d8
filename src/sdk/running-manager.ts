/**
 * A manager that is open.
 *
 * @module
 */
import type { Server } from 'node:net';
import type { SecureContext } from 'node:tls';
import { followEvents } from '../api/follow-events.ts';
import type { Operations } from '../api/operations.ts';
import { SECOND_MS } from '../core/clock.ts';
import { fromWire } from '../core/error-wire.ts';
import { AppError } from '../core/errors.ts';
import { goOn } from '../core/go-on.ts';
import type { EventView } from '../observe/events/event.ts';
import { attachTo } from './answer-challenges.ts';
import { type ChallengeHandler, createChallengeHandler } from './challenge-handler.ts';
import { EventSource } from './event-source.ts';
import type { Manager, ManagerEvent, ManagerEvents, WorkOptions } from './manager.ts';
import type { ManagerParts } from './manager-parts.ts';
import type { CertificateWish } from './options.ts';
import { readOptions } from './read-options.ts';

const LOOK_EVERY_MS = SECOND_MS / 10;

const PARTS = new WeakMap<Manager, ManagerParts>();

/** @throws {TypeError} for what `createManager` has not made. */
export function partsOf(manager: Manager): ManagerParts {
  const parts = PARTS.get(manager);
  if (parts === undefined) throw new TypeError('this is no manager of createManager');
  return parts;
}

export class RunningManager implements Manager {
  readonly #parts: ManagerParts;
  readonly #operations: Operations;
  readonly #events: EventSource;
  readonly #handler: ChallengeHandler;
  #closed: Promise<void> | undefined;

  constructor(parts: ManagerParts, operations: Operations) {
    this.#parts = parts;
    this.#operations = operations;
    this.#events = new EventSource((signal) => this.events({ signal }), parts.log, parts.signal);
    this.#handler = createChallengeHandler(parts.feed);
    PARTS.set(this, parts);
  }

  async ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { control, managedIds } = this.#parts;
    const held = this.#heldBy(signal);
    for (;;) {
      const found = await Promise.all(managedIds.map((id) => control.store.certificates.find(id)));
      const missing = found.filter((one) => one !== undefined && one.issuanceId === undefined);
      if (missing.length === 0) return;
      for (const one of missing) {
        if (one?.failure !== undefined) throw fromWire(one.failure.lastError);
      }
      await control.context.clock.sleep(LOOK_EVERY_MS, held);
    }
  }

  answerChallenges<S extends Server>(server: S): S {
    const { feed, doors } = this.#parts;
    const type = attachTo(server, { handler: this.#handler, feed });
    doors.openWith(server, type);
    return server;
  }

  get challengeHandler(): ChallengeHandler {
    this.#parts.doors.open('http-01');
    return this.#handler;
  }

  secureContext(
    serverName: string,
    { acceptsEcdsa = true }: { readonly acceptsEcdsa?: boolean } = {},
  ): Promise<SecureContext | undefined> {
    return this.#parts.contexts.find(serverName, acceptsEcdsa);
  }

  list: Manager['list'] = () => this.#operations.list({}, ignore, this.#heldBy());

  show: Manager['show'] = (name) => this.#operations.show({ name }, ignore, this.#heldBy());

  async issue(wish: CertificateWish, { signal, onProgress = ignore }: WorkOptions = {}) {
    const { options } = this.#parts;
    const { wanted } = await readOptions({ ...options, certificates: [wish] });
    const [only] = wanted;
    if (only === undefined) throw new TypeError('no certificate is asked for');
    const body = { ...bodyOf(only), isForced: false, isDryRun: false };
    return this.#operations.issue(body, onProgress, this.#heldBy(signal));
  }

  renew: Manager['renew'] = (name, { signal, onProgress = ignore } = {}) =>
    this.#operations.renew({ names: [name] }, onProgress, this.#heldBy(signal));

  async remove(name: string): Promise<void> {
    await this.#operations.remove({ name }, ignore, this.#heldBy());
  }

  async export(name: string, keyAlgorithm?: 'ec' | 'rsa') {
    const body = { name, withKey: true, ...(keyAlgorithm === undefined ? {} : { keyAlgorithm }) };
    const exported = await this.#operations.exportCertificate(body, ignore, this.#heldBy());
    return exported as typeof exported & { readonly privateKeyPem: string };
  }

  on<T extends keyof ManagerEvents>(type: T, listener: (...event: ManagerEvents[T]) => void): this {
    this.#events.on(type, listener as never, 'always');
    return this;
  }

  once<T extends keyof ManagerEvents>(
    type: T,
    listener: (...event: ManagerEvents[T]) => void,
  ): this {
    this.#events.on(type, listener as never, 'once');
    return this;
  }

  off<T extends keyof ManagerEvents>(
    type: T,
    listener: (...event: ManagerEvents[T]) => void,
  ): this {
    this.#events.off(type, listener as never);
    return this;
  }

  events({
    signal,
    after,
  }: { readonly signal?: AbortSignal; readonly after?: string } = {}): AsyncIterable<ManagerEvent> {
    const { clock } = this.#parts.control.context;
    const held = this.#heldBy(signal);
    const following = { operations: this.#operations, clock, report: ignore, signal: held };
    const followed = followEvents(following, {}, after);
    // Begun at once: what happens until the first one is asked for is not missed.
    const first = followed.next();
    first.catch(() => undefined);
    return news(goOn(first, followed));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#parts.end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws when the manager is closed. */
  #heldBy(signal?: AbortSignal): AbortSignal {
    const { signal: own } = this.#parts;
    if (own.aborted) {
      throw new AppError('usage/invalid', 'the manager is closed', {
        mend: 'Create another one.',
      });
    }
    return signal === undefined ? own : AbortSignal.any([own, signal]);
  }
}

function bodyOf({ names, wanted }: { readonly names: readonly string[]; readonly wanted: object }) {
  return JSON.parse(JSON.stringify({ names, wanted })) as Parameters<Operations['issue']>[0];
}

/** Every event of the catalogue has the data of its type. */
async function* news(events: AsyncIterable<EventView | undefined>) {
  for await (const event of events) if (event !== undefined) yield event as ManagerEvent;
}

function ignore(): void {}
