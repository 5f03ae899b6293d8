/**
 * The TXT records that answer challenges: each is written where the CNAME chain of its name ends, by
 * the credential that is in charge there.
 *
 * @module
 */
import { type Clock, SECOND_MS } from '../core/clock.ts';
import { AppError, isAbort, systemCode } from '../core/errors.ts';
import type { Reporter } from '../observe/progress.ts';
import { aliasOf, followChain } from './alias.ts';
import { type DelegationZone, delegationRecord, delegationText, isInZone } from './delegation.ts';
import { findRecordTarget } from './name-servers.ts';
import { awaitPropagation, type SeenAt } from './propagation.ts';
import type { DnsCredential, TxtRecord } from './provider.ts';
import { type DnsResolver, type OpenResolver, openSystemResolver } from './resolver.ts';

export interface ChallengeRecordsOptions {
  /** For what is not delegated. Stays open when its user is closed. */
  readonly credential: DnsCredential;
  readonly delegation?: DelegationZone | undefined;
  /** Finds the credential of the delegation, and those of records that were written before. */
  readonly findCredential?: (name: string) => DnsCredential | undefined;
  readonly clock: Clock;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver;
}

export interface RecordPlace {
  /** The end of the CNAME chain. */
  readonly name: string;
  /** Who writes there. */
  readonly credential: string;
}

export interface ChallengeRecord extends TxtRecord {
  /** What it proves, without `*.`. */
  readonly domain: string;
  /** Where it is to be, once that was found out. */
  readonly place?: RecordPlace | undefined;
}

export interface ChallengeRecords {
  /** @throws `challenge/not-ready` for a chain that has no end, or that ends at another's target. */
  locate(record: ChallengeRecord, signal: AbortSignal): Promise<RecordPlace>;
  add(record: ChallengeRecord, signal: AbortSignal): Promise<void>;
  awaitVisible(
    records: readonly ChallengeRecord[],
    report: Reporter,
    signal: AbortSignal,
    onSeen?: SeenAt,
  ): Promise<void>;
  remove(record: ChallengeRecord, signal: AbortSignal): Promise<void>;
}

export function createChallengeRecords(options: ChallengeRecordsOptions): ChallengeRecords {
  const { credential, clock } = options;
  const placed = new Map<string, RecordPlace>();

  const credentialOf = ({ credential: name }: RecordPlace): DnsCredential => {
    const found = name === credential.name ? credential : options.findCredential?.(name);
    if (found !== undefined) return found;
    throw new AppError('dns/unknown-credential', `there is no DNS credential "${name}"`, {
      mend: 'Describe it under `dns:` in the configuration.',
    });
  };
  const placeOf = async (record: ChallengeRecord, signal: AbortSignal): Promise<RecordPlace> =>
    record.place ?? placed.get(keyOf(record)) ?? (await locateRecord(options, record, signal));

  return {
    locate: (record, signal) => locateRecord(options, record, signal),
    async add(record, signal) {
      const place = await placeOf(record, signal);
      placed.set(keyOf(record), place);
      const used = credentialOf(place);
      await explaining(explain(options, record, place), () =>
        used.provider.addTxt(recordAt(place, record), signal),
      );
    },
    async awaitVisible(records, report, signal, onSeen) {
      const located = await Promise.all(
        records.map(async (record) => ({ record, place: await placeOf(record, signal) })),
      );
      for (const [, group] of Map.groupBy(located, ({ place }) => place.credential)) {
        const [first] = group;
        if (first === undefined) continue;
        await awaitPropagation(
          {
            records: group.map(({ record }) => record),
            settings: credentialOf(first.place).propagation,
            clock,
            report,
            ...(options.openResolver === undefined ? {} : { openResolver: options.openResolver }),
            ...(onSeen === undefined ? {} : { onSeen }),
          },
          signal,
        );
      }
    },
    async remove(record, signal) {
      signal.throwIfAborted();
      // Without a place nothing was written by way of an alias.
      const unplaced = { name: record.name, credential: credential.name };
      const place = record.place ?? placed.get(keyOf(record)) ?? unplaced;
      const used = credentialOf(place);
      await used.provider.removeTxt(recordAt(place, record), signal);
      placed.delete(keyOf(record));
    },
  };
}

async function locateRecord(
  options: ChallengeRecordsOptions,
  record: ChallengeRecord,
  signal: AbortSignal,
): Promise<RecordPlace> {
  const { credential, delegation } = options;
  const { check } = credential.propagation;
  signal.throwIfAborted();
  // Who asks no name server learns of no alias either.
  if (!check && delegation === undefined) return { name: record.name, credential: credential.name };
  const target = await findTarget(options, record.name, signal);
  if (delegation === undefined || !isInZone(target, delegation.zone)) {
    return { name: target, credential: credential.name };
  }
  const { domain } = record;
  const expected = delegationRecord(domain, delegation.zone).value;
  if (target === expected || target === record.name) {
    return { name: target, credential: delegation.credential };
  }
  throw new AppError(
    'challenge/not-ready',
    `${record.name} leads to ${target}, which is not the target of ${domain}`,
    {
      mend: `Let the owner of the name set: ${delegationText(domain, delegation.zone)}`,
      context: { name: record.name, target, expected },
    },
  );
}

/** Once more after a failure: one lost packet must not cost an order. */
async function findTarget(
  { credential, clock, openResolver = openSystemResolver }: ChallengeRecordsOptions,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const { resolvers } = credential.propagation;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const recursor = openResolver(resolvers);
      return resolvers === undefined
        ? await findRecordTarget(name, openResolver, recursor, signal)
        : await followChain(name, (asked) => aliasUnlessRefused(asked, recursor, signal));
    } catch (thrown) {
      if (isAbort(thrown, signal) || thrown instanceof AppError) throw thrown;
      if (attempt === MOST_ATTEMPTS) {
        throw new AppError('challenge/not-ready', `cannot look for CNAME records of ${name}`, {
          mend: 'Check the resolvers of this machine, or name others in the DNS credential.',
          context: { name },
          cause: thrown,
        });
      }
      await clock.sleep(PAUSE_MS * attempt, signal);
    }
  }
}

/** Servers that serve only some zones refuse questions about all others. */
async function aliasUnlessRefused(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await aliasOf(name, resolver, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (systemCode(thrown) === 'EREFUSED') return undefined;
    throw thrown;
  }
}

function recordAt({ name }: RecordPlace, record: ChallengeRecord): TxtRecord {
  const { domain: _domain, place: _place, ...rest } = record;
  return { ...rest, name };
}

interface Explanation {
  readonly where?: string;
  readonly mend?: string;
}

/** What helps whoever reads that no zone of the credential contains the name. */
function explain(
  { delegation }: ChallengeRecordsOptions,
  { name, domain }: ChallengeRecord,
  place: RecordPlace,
): Explanation {
  const where = place.name === name ? {} : { where: `, where ${name} leads` };
  if (delegation === undefined || place.credential !== delegation.credential) return where;
  if (isInZone(place.name, delegation.zone)) return where;
  const text = delegationText(domain, delegation.zone);
  return {
    ...where,
    mend: `Let the owner of ${domain} set: ${text} Or name the DNS credential of its zone, or use http-01.`,
  };
}

async function explaining<Result>(
  { where = '', mend }: Explanation,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'dns/zone-not-found') throw thrown;
    const { code, message, context, cause } = thrown;
    throw new AppError(code, `${message}${where}`, { mend: mend ?? thrown.mend, context, cause });
  }
}

function keyOf({ name, value }: TxtRecord): string {
  return `${name} ${value}`;
}

const MOST_ATTEMPTS = 3;
const PAUSE_MS = SECOND_MS;
