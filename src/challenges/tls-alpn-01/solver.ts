/**
 * Answers tls-alpn-01 challenges (RFC 8737 §3): from the book alone, or on a port of our own.
 *
 * @module
 */
import type { AnswerCertificates } from '../answer-certificates.ts';
import type { AnswerBook } from '../answers.ts';
import type { ChallengeListener } from '../challenge-listener.ts';
import { createListenerUse } from '../listener-use.ts';
import type { Solver } from '../solver.ts';

export interface TlsAlpn01SolverOptions {
  readonly answers: AnswerBook;
  readonly certificates: AnswerCertificates;
  /** Absent when somebody else, e.g. the terminator, answers from the book. */
  readonly listener?: ChallengeListener;
}

export function createTlsAlpn01Solver(options: TlsAlpn01SolverOptions): Solver {
  const { answers, certificates } = options;
  const use = createListenerUse(options.listener);
  return {
    type: 'tls-alpn-01',
    present: async (challenge, signal) => {
      signal.throwIfAborted();
      await use.start();
      // Made before the CA asks: its handshake does not wait for a key.
      await certificates.certificateFor(challenge);
      signal.throwIfAborted();
      answers.put(challenge);
    },
    awaitVisible: async (_challenges, _report, signal) => signal.throwIfAborted(),
    cleanUp: async (challenge) => answers.remove(challenge),
    close: () => use.end(),
  };
}
