/**
 * The answers that are live in this process, for whoever listens to the CA's validation requests.
 *
 * @module
 */
import type { Challenge } from './solver.ts';
import type { ChallengeType } from '../core/certificate-spec.ts';
import type { Name } from '../core/names.ts';

export interface AnswerBook {
  put(challenge: Challenge): void;
  remove(challenge: Challenge): void;
  /** For http-01: the answer of this token. */
  findByToken(token: string): Challenge | undefined;
  /** For tls-alpn-01: the newest answer for this identifier. */
  findByName(name: Name): Challenge | undefined;
}

export function createAnswerBook(type: ChallengeType): AnswerBook {
  // Insertion order makes the last match the newest: a retry of the CA asks for that one.
  const byToken = new Map<string, Challenge>();
  return {
    put(challenge) {
      if (challenge.type !== type) throw new TypeError(`not a ${type} challenge`);
      byToken.delete(challenge.token);
      byToken.set(challenge.token, challenge);
    },
    remove: (challenge) => void byToken.delete(challenge.token),
    findByToken: (token) => byToken.get(token),
    findByName: (name) => [...byToken.values()].findLast((answer) => answer.name === name),
  };
}
