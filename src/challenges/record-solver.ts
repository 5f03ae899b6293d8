/**
 * The solver of challenge types whose answers are TXT records that come and go.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { isAddress } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';
import type { AnswerPlace, Challenge, Solver } from './solver.ts';

/** Who writes them. */
export interface AnswerRecords<AnswerRecord> {
  locate(record: AnswerRecord, signal: AbortSignal): Promise<AnswerPlace>;
  add(record: AnswerRecord, signal: AbortSignal): Promise<void>;
  awaitVisible(
    records: readonly AnswerRecord[],
    report: Reporter,
    signal: AbortSignal,
  ): Promise<void>;
  remove(record: AnswerRecord, signal: AbortSignal): Promise<void>;
}

/** @param answerTo the record that answers a challenge about a domain */
export function createRecordSolver<AnswerRecord>(
  type: Solver['type'],
  records: AnswerRecords<AnswerRecord>,
  answerTo: (challenge: Challenge) => AnswerRecord,
): Solver {
  const recordFor = (challenge: Challenge): AnswerRecord => {
    const { name } = challenge;
    if (!isAddress(name)) return answerTo(challenge);
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by ${type}`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  };
  return {
    type,
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

/** What the record says: RFC 8555 §8.4. */
export function answerDigest(keyAuthorization: string): string {
  return createHash('sha256').update(keyAuthorization).digest('base64url');
}
