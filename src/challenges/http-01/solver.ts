/**
 * Answers http-01 challenges (RFC 8555 §8.3): from the book alone, or on a port of our own.
 *
 * @module
 */
import type { AnswerBook } from '../answers.ts';
import type { ChallengeListener } from '../challenge-listener.ts';
import { createListenerUse } from '../listener-use.ts';
import type { Solver } from '../solver.ts';

export interface Http01SolverOptions {
  readonly answers: AnswerBook;
  /** Absent when somebody else, e.g. the terminator, answers from the book. */
  readonly listener?: ChallengeListener;
}

export function createHttp01Solver({ answers, listener }: Http01SolverOptions): Solver {
  const use = createListenerUse(listener);
  return {
    type: 'http-01',
    present: async (challenge, signal) => {
      signal.throwIfAborted();
      await use.start();
      signal.throwIfAborted();
      answers.put(challenge);
    },
    awaitVisible: async (_challenges, _report, signal) => signal.throwIfAborted(),
    cleanUp: async (challenge) => answers.remove(challenge),
    close: () => use.end(),
  };
}
