/**
 * Answers dns-01 challenges (RFC 8555 §8.4) with the records of one DNS credential.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { isAddress } from '../../core/names.ts';
import {
  type ChallengeRecord,
  type ChallengeRecordsOptions,
  createChallengeRecords,
} from '../../dns/challenge-records.ts';
import { challengeRecordName } from '../../dns/delegation.ts';
import type { Challenge, Solver } from '../solver.ts';

export function createDns01Solver(options: ChallengeRecordsOptions): Solver {
  const records = createChallengeRecords(options);
  return {
    type: 'dns-01',
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

function recordFor({ name, token, keyAuthorization, place }: Challenge): ChallengeRecord {
  if (isAddress(name)) {
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by dns-01`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  }
  return {
    name: challengeRecordName(name),
    value: createHash('sha256').update(keyAuthorization).digest('base64url'),
    challenge: { domain: name, token, keyAuthorization },
    domain: name,
    place,
  };
}
