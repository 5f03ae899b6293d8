/**
 * Who of the program's servers answers challenges, and since when: orders wait for them.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Server } from 'node:net';
import type { ChallengeListener } from '../challenges/challenge-listener.ts';
import { SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { AnsweredType } from './answer-challenges.ts';

/** A program may need a while between its manager and the servers. */
const LONGEST_WAIT_MS = 30 * SECOND_MS;
/** Where another type is answered already, this one is most likely not meant to be. */
const SHORT_WAIT_MS = SECOND_MS;

export class ChallengeDoors {
  readonly #open = new Map<AnsweredType, PromiseWithResolvers<void>>([
    ['http-01', Promise.withResolvers()],
    ['tls-alpn-01', Promise.withResolvers()],
  ]);
  readonly #isOpen = new Set<AnsweredType>();
  readonly #signal: AbortSignal;

  /** `signal` ends all waiting. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  open(type: AnsweredType): void {
    this.#isOpen.add(type);
    this.#open.get(type)?.resolve();
  }

  openWith(server: Server, type: AnsweredType): void {
    if (server.listening) this.open(type);
    server.on('listening', () => this.open(type));
  }

  /** To be taken while an answer is live. */
  listenerFor(type: AnsweredType): ChallengeListener {
    return {
      acquire: async () => {
        await this.#untilOpen(type);
        return { release: async () => undefined };
      },
    };
  }

  async #untilOpen(type: AnsweredType): Promise<void> {
    if (this.#isOpen.has(type)) return;
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#signal, ended.signal]);
    try {
      const wanted = this.#open.get(type)?.promise;
      const any = Promise.race([...this.#open.values()].map(({ promise }) => promise));
      await Promise.race([
        wanted,
        any.then(() => wait(SHORT_WAIT_MS, undefined, { signal })),
        wait(LONGEST_WAIT_MS, undefined, { signal }),
      ]);
    } finally {
      ended.abort();
    }
    if (this.#isOpen.has(type)) return;
    const kind = type === 'http-01' ? 'an http' : 'a TLS';
    throw new AppError('challenge/not-ready', `no server of this program answers ${type}`, {
      mend: `Give ${kind} server that listens to manager.answerChallenges(server), or the option challengePorts.`,
    });
  }
}
