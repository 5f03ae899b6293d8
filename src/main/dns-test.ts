/**
 * A credential put to the test: a record of no meaning is written, looked for, and removed.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { CredentialTest, Operations } from '../api/operations.ts';
import { type Clock, SECOND_MS } from '../core/clock.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { baseName, isAddress, parseName } from '../core/names.ts';
import {
  type ChallengeRecord,
  type ChallengeRecords,
  createChallengeRecords,
} from '../dns/challenge-records.ts';
import { challengeRecordName, type DelegationZone } from '../dns/delegation.ts';
import type { SeenAt } from '../dns/propagation.ts';
import type { DnsCredential } from '../dns/provider.ts';
import type { OpenResolver } from '../dns/resolver.ts';
import type { Reporter } from '../observe/progress.ts';

export interface DnsTestOptions {
  readonly findCredential: (name: string) => DnsCredential | undefined;
  readonly credentialNames: () => readonly string[];
  readonly delegation: () => DelegationZone | undefined;
  readonly openResolver?: OpenResolver | undefined;
  readonly clock: Clock;
}

/** Also after an abort: the record must go. */
const REMOVAL_TIMEOUT_MS = 60 * SECOND_MS;
const VALUE_BYTES = 32;

export function createDnsTest(options: DnsTestOptions): Pick<Operations, 'testCredential'> {
  const { clock, findCredential, openResolver } = options;

  return {
    async testCredential({ credential: credentialName, name: text }, report, signal) {
      const given = parseName(text);
      if (isAddress(given)) {
        throw new AppError('input/invalid', `${given} is an IP address, and has no records`, {
          mend: 'Give a name in a zone of the credential.',
        });
      }
      const credential = findCredential(credentialName);
      if (credential === undefined) {
        const known = options.credentialNames().join(', ');
        throw new AppError(
          'dns/unknown-credential',
          `there is no DNS credential "${credentialName}"`,
          { mend: known === '' ? 'Describe one under `dns:`.' : `Name one of: ${known}.` },
        );
      }
      const records = createChallengeRecords({
        credential,
        delegation: options.delegation(),
        findCredential,
        clock,
        ...(openResolver === undefined ? {} : { openResolver }),
      });
      const domain = baseName(given);
      const unplaced: ChallengeRecord = {
        name: challengeRecordName(domain),
        value: randomBytes(VALUE_BYTES).toString('base64url'),
        domain,
      };
      const place = await records.locate(unplaced, signal);
      const record = { ...unplaced, place };
      const seen = await probe(records, record, report, signal);
      return {
        credential: place.credential,
        record: record.name,
        writtenAt: place.name,
        ...seen,
        removedMs: await timed(() => remove(records, record)),
      };
    },
  };
}

type Seen = Pick<CredentialTest, 'writtenMs' | 'visibleMs' | 'servers'>;

/** After a failure the record is gone again. */
async function probe(
  records: ChallengeRecords,
  record: ChallengeRecord,
  report: Reporter,
  signal: AbortSignal,
): Promise<Seen> {
  const servers: { server: string; ms: number }[] = [];
  let isRefused = false;
  try {
    const writtenMs = await timed(() => records.add(record, signal)).catch((thrown: unknown) => {
      isRefused = !isAbort(thrown, signal);
      throw thrown;
    });
    report({
      step: 'waiting',
      message: `written at ${record.place?.name ?? ''} in ${writtenMs} ms`,
    });
    const begin = performance.now();
    const onSeen: SeenAt = ({ server }) =>
      servers.push({ server, ms: Math.round(performance.now() - begin) });
    const visibleMs = await timed(() => records.awaitVisible([record], report, signal, onSeen));
    return { writtenMs, visibleMs, servers };
  } catch (thrown) {
    try {
      await remove(records, record);
    } catch (second) {
      // What was refused is not there, and the host says the same once more.
      if (!isRefused) throw second;
    }
    throw thrown;
  }
}

async function remove(records: ChallengeRecords, record: ChallengeRecord): Promise<void> {
  try {
    await records.remove(record, AbortSignal.timeout(REMOVAL_TIMEOUT_MS));
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    const { name } = record.place ?? record;
    throw new AppError(code, `a record at ${name} stays behind: ${message}`, {
      mend: `Remove the TXT record of ${name} with the value ${record.value}.`,
      cause: thrown,
    });
  }
}

/** In whole milliseconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return Math.round(performance.now() - begin);
}
