/**
 * TXT values at hosts that know only whole record sets: read, change, write, and once more when
 * somebody else was faster.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { quoteText, unquoteText } from './character-strings.ts';
import type { DnsProvider, TxtRecord } from './provider.ts';
import { createTurns } from './turns.ts';
import type { FindZone, Zone } from './zone-search.ts';

export interface RecordSet {
  /** As the host spells them: what is not ours is written back to the letter. */
  readonly contents: readonly string[];
  readonly ttlSeconds?: number | undefined;
  /** What the host wants to be told at a change, to notice other changes. */
  readonly version?: string | undefined;
}

export interface RecordSetApi<Found extends Zone> {
  readonly findZone: FindZone<Found>;
  /** The TXT record set of exactly this name; no contents when there is none. */
  read(zone: Found, name: string, signal: AbortSignal): Promise<RecordSet>;
  /**
   * Replaces `before` by `contents`, which are empty when the set is to go.
   * `'conflict'`: it was not as `before` any more, and nothing was changed.
   */
  write(change: RecordSetChange<Found>, signal: AbortSignal): Promise<'written' | 'conflict'>;
  /** How the host spells values; quoted strings when absent. */
  readonly spelling?: Spelling;
  /** Whether a write replaces all of the zone, so that it must be the only one there. */
  readonly writesWholeZones?: boolean;
  close(): Promise<void>;
}

export interface Spelling {
  readonly encode: (value: string) => string;
  readonly decode: (content: string) => string;
}

export interface RecordSetChange<Found extends Zone> {
  readonly zone: Found;
  readonly name: string;
  readonly before: RecordSet;
  readonly contents: readonly string[];
}

export function createRecordSetProvider<Found extends Zone>(
  api: RecordSetApi<Found>,
  clock: Clock,
): DnsProvider {
  const { encode, decode } = api.spelling ?? { encode: quoteText, decode: unquoteText };
  const turns = createTurns();
  const withZone = async (
    name: string,
    signal: AbortSignal,
    work: (zone: Found) => Promise<void>,
  ): Promise<void> => {
    signal.throwIfAborted();
    const zone = await api.findZone(name, signal);
    const key = api.writesWholeZones === true ? zone.name : name;
    return turns.take(key, () => work(zone), signal);
  };
  const change = (
    { name }: TxtRecord,
    signal: AbortSignal,
    edit: (contents: readonly string[]) => readonly string[],
  ): Promise<void> =>
    withZone(name, signal, async (zone) => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
        const before = await api.read(zone, name, signal);
        const contents = edit(before.contents);
        if (contents.length === before.contents.length) return;
        const outcome = await api.write({ zone, name, before, contents }, signal);
        if (outcome === 'written') return;
        await clock.sleep(attempt * PAUSE_MS, signal);
      }
      throw new AppError('dns/unavailable', `cannot change the TXT records of ${name}`, {
        mend: 'Try again later: something else changes the same records all the time.',
        context: { name },
      });
    });
  return {
    addTxt: (record, signal) =>
      change(record, signal, (contents) =>
        contents.some((content) => decode(content) === record.value)
          ? contents
          : [...contents, encode(record.value)],
      ),
    removeTxt: (record, signal) =>
      change(record, signal, (contents) =>
        contents.filter((content) => decode(content) !== record.value),
      ),
    close: () => api.close(),
  };
}

const MOST_ATTEMPTS = 5;
const PAUSE_MS = 200;
