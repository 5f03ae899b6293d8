/**
 * The solver's contract: makes an answer visible to the CA, and takes it away again.
 *
 * @module
 */
import type { ChallengeSettings, ChallengeType } from '../core/certificate-spec.ts';
import type { Name } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';

export interface Challenge {
  readonly type: ChallengeType;
  /** The authorization's identifier, without `*.`. */
  readonly name: Name;
  /** Empty for dns-persist-01, which has none. */
  readonly token: string;
  /** RFC 8555 §8.1. Each type has an encoding of its own of it; dns-persist-01 has none. */
  readonly keyAuthorization: string;
  /** Who asks; present where the answer depends on it: dns-account-01 and dns-persist-01. */
  readonly accountUrl?: string;
  /** Where in DNS the answer is, once that was found out. */
  readonly place?: AnswerPlace;
  /** Of dns-persist-01. */
  readonly standing?: StandingProof;
}

export interface AnswerPlace {
  /** The end of the CNAME chain. */
  readonly name: string;
  /** The DNS credential that writes there. */
  readonly credential: string;
}

/** What a record that stands for good has to say. */
export interface StandingProof {
  /** As in the certificate, with its `*.`. */
  readonly name: Name;
  /** The domains by which the CA calls itself, at least one. */
  readonly issuerDomainNames: readonly string[];
}

export interface Solver {
  readonly type: ChallengeType;
  /**
   * The challenge with all that is needed to take its answer away again, also after a crash and a
   * change of DNS. Present where that is not known beforehand; called before `present`.
   * @throws `challenge/not-ready`.
   */
  locate?(challenge: Challenge, signal: AbortSignal): Promise<Challenge>;
  /**
   * Makes the answer live. MUST be idempotent, and MUST leave other answers for the same name in
   * place: two orders may validate one name at once.
   */
  present(challenge: Challenge, signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the CA will see every answer, e.g. when all name servers have it.
   * @throws `challenge/not-ready` when it gives up waiting.
   */
  awaitVisible(
    challenges: readonly Challenge[],
    report: Reporter,
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes exactly this answer away. MUST succeed when `present` failed or never ran. */
  cleanUp(challenge: Challenge, signal: AbortSignal): Promise<void>;
  /** Gives back what answering needs, e.g. a listener, when the last answer is cleaned up. */
  close(): Promise<void>;
}

export interface SolverSource {
  /**
   * The solver for one order. Each call returns a solver of its own, to be closed by the caller.
   * @throws `dns/unknown-credential`, `acme/challenge-unavailable` when the settings do not suffice.
   */
  solverFor(type: ChallengeType, settings: ChallengeSettings): Solver;
}
