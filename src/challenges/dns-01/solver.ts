/**
 * Answers dns-01 challenges (RFC 8555 §8.4) with the records of one DNS credential.
 *
 * @module
 */
import {
  type ChallengeRecord,
  type ChallengeRecordsOptions,
  createChallengeRecords,
} from '../../dns/challenge-records.ts';
import { challengeRecordName } from '../../dns/delegation.ts';
import { answerDigest, createRecordSolver } from '../record-solver.ts';
import type { Challenge, Solver } from '../solver.ts';

export function createDns01Solver(options: ChallengeRecordsOptions): Solver {
  return createRecordSolver('dns-01', createChallengeRecords(options), recordFor);
}

function recordFor({ name, token, keyAuthorization, place }: Challenge): ChallengeRecord {
  return {
    name: challengeRecordName(name),
    value: answerDigest(keyAuthorization),
    challenge: { domain: name, token, keyAuthorization },
    domain: name,
    place,
  };
}
