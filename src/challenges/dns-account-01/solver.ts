/**
 * Answers dns-account-01 challenges with the records of one DNS credential: those of dns-01, but at
 * a name of the account's own (draft-ietf-acme-dns-account-label-02). Experimental.
 *
 * @module
 */
import { accountLabel } from '../../dns/account-label.ts';
import {
  type ChallengeRecord,
  type ChallengeRecordsOptions,
  createChallengeRecords,
} from '../../dns/challenge-records.ts';
import { challengeRecordName } from '../../dns/delegation.ts';
import { answerDigest, createRecordSolver } from '../record-solver.ts';
import type { Challenge, Solver } from '../solver.ts';

export function createDnsAccount01Solver(options: ChallengeRecordsOptions): Solver {
  return createRecordSolver('dns-account-01', createChallengeRecords(options), recordFor);
}

function recordFor({ name, keyAuthorization, accountUrl, place }: Challenge): ChallengeRecord {
  if (accountUrl === undefined) throw new TypeError('a dns-account-01 answer without its account');
  return {
    name: `${accountLabel(accountUrl)}.${challengeRecordName(name)}`,
    value: answerDigest(keyAuthorization),
    domain: name,
    place,
  };
}
