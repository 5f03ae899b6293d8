/**
 * TXT values at hosts where each is a record of its own, with an identifier.
 *
 * @module
 */
import type { DnsProvider, TxtRecord } from './provider.ts';
import { createTurns } from './turns.ts';
import type { FindZone, Zone } from './zone-search.ts';

export interface HostedTxt {
  readonly id: string;
  readonly value: string;
}

export interface RecordApi<Found extends Zone> {
  readonly findZone: FindZone<Found>;
  /** The TXT records of exactly this name. */
  list(zone: Found, name: string, signal: AbortSignal): Promise<readonly HostedTxt[]>;
  /** Succeeds when an identical record appeared meanwhile. */
  create(zone: Found, record: TxtRecord, signal: AbortSignal): Promise<void>;
  /** Succeeds when the record disappeared meanwhile. */
  delete(zone: Found, id: string, name: string, signal: AbortSignal): Promise<void>;
  /** Makes changes take effect, where the host wants to be told. */
  publish?(zone: Found, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createRecordProvider<Found extends Zone>(api: RecordApi<Found>): DnsProvider {
  // Two equal records would come of two orders that look at the same time.
  const turns = createTurns();
  const inTurn = (
    { name }: TxtRecord,
    signal: AbortSignal,
    change: (zone: Found) => Promise<boolean>,
  ): Promise<void> =>
    turns.take(
      name,
      async () => {
        const zone = await api.findZone(name, signal);
        if (await change(zone)) await api.publish?.(zone, signal);
      },
      signal,
    );
  return {
    mostAtOnce: MOST_AT_ONCE,
    addTxt: (record, signal) =>
      inTurn(record, signal, async (zone) => {
        const existing = await api.list(zone, record.name, signal);
        if (existing.some(({ value }) => value === record.value)) return false;
        await api.create(zone, record, signal);
        return true;
      }),
    removeTxt: (record, signal) =>
      inTurn(record, signal, async (zone) => {
        const existing = await api.list(zone, record.name, signal);
        const ours = existing.filter(({ value }) => value === record.value);
        for (const { id } of ours) await api.delete(zone, id, record.name, signal);
        return ours.length > 0;
      }),
    close: () => api.close(),
  };
}

/** Records that do not concern each other; more would only meet the limits of hosts sooner. */
const MOST_AT_ONCE = 4;
