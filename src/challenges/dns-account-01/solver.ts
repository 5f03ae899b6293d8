/**
 * Answers dns-account-01 challenges with the records of one DNS credential: those of dns-01, but at
 * a name of the account's own (draft-ietf-acme-dns-account-label-02). Experimental.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { isAddress } from '../../core/names.ts';
import { accountLabel } from '../../dns/account-label.ts';
import {
  type ChallengeRecord,
  type ChallengeRecordsOptions,
  createChallengeRecords,
} from '../../dns/challenge-records.ts';
import { challengeRecordName } from '../../dns/delegation.ts';
import type { Challenge, Solver } from '../solver.ts';

export function createDnsAccount01Solver(options: ChallengeRecordsOptions): Solver {
  const records = createChallengeRecords(options);
  return {
    type: 'dns-account-01',
    locate: async (challenge, signal) => ({
      ...challenge,
      place: await records.locate(recordFor(challenge), signal),
    }),
    present: async (challenge, signal) => records.add(recordFor(challenge), signal),
    awaitVisible: async (challenges, report, signal) =>
      records.awaitVisible(challenges.map(recordFor), report, signal),
    cleanUp: async (challenge, signal) => records.remove(recordFor(challenge), signal),
    close: async () => {},
  };
}

function recordFor({ name, keyAuthorization, accountUrl, place }: Challenge): ChallengeRecord {
  if (isAddress(name)) {
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by dns-account-01`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  }
  if (accountUrl === undefined) throw new TypeError('a dns-account-01 answer without its account');
  return {
    name: `${accountLabel(accountUrl)}.${challengeRecordName(name)}`,
    value: createHash('sha256').update(keyAuthorization).digest('base64url'),
    domain: name,
    place,
  };
}
