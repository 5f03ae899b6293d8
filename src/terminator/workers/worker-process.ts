/**
 * One worker process as its supervisor sees it: questions with answers, and an end.
 *
 * @module
 */
import { fromWire } from '../../core/error-wire.ts';
import { AppError } from '../../core/errors.ts';
import type { SpanRecord } from '../../observe/tracing/span.ts';
import type { Channel } from '../../feed/channel.ts';
import type { TerminatorReport } from '../report.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import type { UnknownNameCount } from '../unknown-names.ts';
import { findFromWorker, type FromWorker, MESSAGES_VERSION, type ToWorker } from './messages.ts';
import type { SocketChannel } from './socket-channel.ts';

export interface WorkerParts {
  readonly pid: number;
  readonly channel: SocketChannel;
  readonly ready: Ready;
  readonly ended: Promise<void>;
  /** Does nothing when the connection is over: the process may be another's then, or gone. */
  readonly kill: () => void;
}

export type Ready = Extract<FromWorker, { readonly kind: 'ready' }>;
type Asked = Extract<ToWorker, { readonly id: number }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export class WorkerProcess {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly kill: () => void;
  readonly #channel: SocketChannel;
  readonly #ready: Ready;
  #lastId = 0;
  #lastReport: TerminatorReport | undefined;

  constructor({ pid, channel, ready, ended, kill }: WorkerParts) {
    this.pid = pid;
    this.ended = ended;
    this.kill = kill;
    this.#channel = channel;
    this.#ready = ready;
    channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message?.kind === 'ended' || message?.kind === 'counted') {
        this.#lastReport = message.report;
      }
    });
  }

  /** The last that it said of itself; what came after is lost when it ends otherwise than in order. */
  get lastReport(): TerminatorReport | undefined {
    return this.#lastReport;
  }

  /** Where it listened when we met it. */
  get listeners(): readonly ListenerSettings[] {
    return this.#ready.listeners;
  }

  /** Whether it does what a worker that we start now would do. */
  fits(identity: string): boolean {
    const { version, isDraining } = this.#ready;
    return version === MESSAGES_VERSION && this.#ready.identity === identity && !isDraining;
  }

  /** Makes us its control process; `serveFeed` answers its questions. */
  attach(serveFeed: (channel: Channel) => void): void {
    const channel = this.#channel;
    serveFeed({
      send: (body) => channel.send({ kind: 'feed', body } satisfies ToWorker),
      onMessage: (listener) =>
        channel.onMessage((received) => {
          const message = findFromWorker(received);
          if (message?.kind === 'feed') listener(message.body);
        }),
      onClose: (listener) => channel.onClose(listener),
    });
    channel.send({ kind: 'attach' } satisfies ToWorker);
  }

  /** Calls `listener` with what clients of it asked for in vain, every few seconds. */
  onUnknownNames(listener: (names: readonly UnknownNameCount[]) => void): void {
    this.#channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message?.kind === 'unknown-names') listener(message.names);
    });
  }

  /** Calls `listener` with what it has traced. */
  onSpans(listener: (spans: readonly SpanRecord[]) => void): void {
    this.#channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message?.kind === 'spans') listener(message.spans);
    });
  }

  /** Lets it serve on without us. */
  release(): void {
    this.#channel.close();
  }

  /** @throws what the terminator throws, or `worker/failed`. */
  async configure(settings: TerminatorSettings): Promise<readonly ListenerSettings[]> {
    const answer = await this.#ask({ kind: 'configure', settings });
    return answer.kind === 'configured' ? answer.addresses : [];
  }

  async count(): Promise<TerminatorReport | undefined> {
    const answer = await this.#ask({ kind: 'count' });
    return answer.kind === 'counted' ? answer.report : undefined;
  }

  /** Lets connections finish until the deadline; ends a worker that does not keep to it. */
  async stop(deadlineMs: number): Promise<void> {
    this.#channel.send({ kind: 'drain', deadlineMs } satisfies ToWorker);
    const timer = setTimeout(() => this.kill(), deadlineMs + STOP_GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async #ask(question: WithoutId<Asked>): Promise<FromWorker> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<FromWorker>();
    const stop = this.#channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message !== undefined && 'id' in message && message.id === id) resolve(message);
    });
    const timer = setTimeout(() => reject(workerFailed('did not answer')), ANSWER_MS);
    void this.ended.then(() => reject(workerFailed('ended unexpectedly')));
    try {
      this.#channel.send({ ...question, id });
      const answer = await promise;
      if (answer.kind === 'refused') throw fromWire(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }
}

const ANSWER_MS = 20_000;
const STOP_GRACE_MS = 2_000;

export function workerFailed(what: string): AppError {
  return new AppError('worker/failed', `the terminator worker ${what}`, {
    mend: 'Look into the log for what the worker wrote before.',
  });
}
