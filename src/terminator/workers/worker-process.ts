/**
 * One worker process as its supervisor sees it: questions with answers, and an end.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fromWire } from '../../core/error-wire.ts';
import { AppError } from '../../core/errors.ts';
import type { Channel } from '../../feed/channel.ts';
import type { Counters } from '../counters.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import { findFromWorker, type FromWorker, MESSAGES_VERSION, type ToWorker } from './messages.ts';
import { processChannel } from './process-channel.ts';

export interface WorkerProcessOptions {
  readonly entry: string | URL;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

type Asked = Extract<ToWorker, { readonly id: number }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export class WorkerProcess {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #channel: Channel;
  #lastId = 0;

  constructor(options: WorkerProcessOptions) {
    this.#child = fork(options.entry, [...options.args], {
      serialization: 'json',
      execArgv: [...options.execArgv],
      env: options.environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#channel = processChannel(this.#child);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#child.once('exit', () => resolve());
    // A child that cannot be started has no exit; one that cannot be killed has ended already.
    this.#child.on('error', () => {
      if (this.#child.pid === undefined) resolve();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get feedChannel(): Channel {
    const channel = this.#channel;
    return {
      send: (body) => channel.send({ kind: 'feed', body } satisfies ToWorker),
      onMessage: (listener) =>
        channel.onMessage((received) => {
          const message = findFromWorker(received);
          if (message?.kind === 'feed') listener(message.body);
        }),
      onClose: (listener) => channel.onClose(listener),
    };
  }

  /** @throws `worker/failed` when the worker is of another version, or does not come up. */
  async ready(): Promise<void> {
    const message = await this.#expect(
      (one) => one.kind === 'ready',
      () => {},
    );
    if (message.kind === 'ready' && message.version === MESSAGES_VERSION) return;
    throw new AppError('worker/failed', 'the terminator worker is of another version of certctl', {
      mend: 'Restart certctl serve.',
    });
  }

  /** @throws what the terminator throws, or `worker/failed`. */
  async configure(settings: TerminatorSettings): Promise<ListenerSettings[]> {
    const answer = await this.#ask({ kind: 'configure', settings });
    return answer.kind === 'configured' ? answer.addresses : [];
  }

  async count(): Promise<Counters | undefined> {
    const answer = await this.#ask({ kind: 'count' });
    return answer.kind === 'counted' ? answer.counters : undefined;
  }

  /** Lets connections finish until the deadline; ends a worker that does not keep to it. */
  async stop(deadlineMs: number): Promise<void> {
    this.#channel.send({ kind: 'drain', deadlineMs } satisfies ToWorker);
    const timer = setTimeout(() => this.kill(), deadlineMs + STOP_GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(question: WithoutId<Asked>): Promise<FromWorker> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = await this.#expect(
      (message) => 'id' in message && message.id === id,
      () => this.#channel.send({ ...question, id }),
    );
    if (answer.kind === 'refused') throw fromWire(answer.error);
    return answer;
  }

  async #expect(isIt: (message: FromWorker) => boolean, begin: () => void): Promise<FromWorker> {
    const { promise, resolve, reject } = Promise.withResolvers<FromWorker>();
    const stop = this.#channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message !== undefined && isIt(message)) resolve(message);
    });
    const fail = (reason: string): void =>
      reject(
        new AppError('worker/failed', `the terminator worker ${reason}`, {
          mend: 'Look into the log for what the worker wrote before.',
        }),
      );
    const timer = setTimeout(() => fail('did not answer'), ANSWER_MS);
    void this.ended.then(() => fail('ended unexpectedly'));
    try {
      begin();
      return await promise;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }
}

const ANSWER_MS = 20_000;
const STOP_GRACE_MS = 2_000;
