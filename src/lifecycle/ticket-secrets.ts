/**
 * The secrets that session tickets are sealed with: a new one every day, the old one for as long as
 * tickets of it may live, none of them for longer.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { after, type Clock, DAY_MS } from '../core/clock.ts';
import { newId } from '../core/id.ts';
import type { TicketSecretRecord } from '../store/records.ts';
import type { TicketSecretTable } from '../store/store.ts';
import type { SealedKeys } from './sealed-keys.ts';

export interface TicketSecretsContext {
  readonly table: TicketSecretTable;
  readonly keys: SealedKeys;
  readonly clock: Clock;
  /** How long a ticket can be used. */
  readonly lifetimeMs: number;
}

export interface TicketSecrets {
  /** Each in base64, the newest first: new tickets are sealed with that one. */
  readonly secrets: readonly string[];
  /** When to rotate again. */
  readonly nextAt: Date;
}

const ROTATE_EVERY_MS = DAY_MS;
const SECRET_OCTETS = 32;

/** Makes and forgets what is due, on disk first; calls at other times change nothing. */
export async function rotateTicketSecrets({
  table,
  keys,
  clock,
  lifetimeMs,
}: TicketSecretsContext): Promise<TicketSecrets> {
  const now = clock.now();
  const before = judge(await table.list(), now, lifetimeMs);
  if (before.isNewOneDue) {
    const secretId = `tickets-${newId(now)}`;
    const secret = keys.sealText(secretId, randomBytes(SECRET_OCTETS).toString('base64'));
    await table.replace(before.gone, { record: { secretId, createdAt: now }, secret });
  } else if (before.gone.length > 0) {
    await table.replace(before.gone);
  }
  const records = await table.list();
  const secrets = await Promise.all(records.map(({ secretId }) => keys.loadText(secretId)));
  return { secrets, nextAt: judge(records, now, lifetimeMs).nextAt };
}

interface Judgement {
  readonly isNewOneDue: boolean;
  readonly gone: readonly string[];
  readonly nextAt: Date;
}

function judge(records: readonly TicketSecretRecord[], now: Date, lifetimeMs: number): Judgement {
  // A clock that was set back leaves secrets of a future that may be far.
  const past = records.filter(({ createdAt }) => createdAt <= now);
  const ends = past.map((_, index) => {
    const newer = past[index - 1];
    return newer === undefined ? undefined : after(newer.createdAt, lifetimeMs);
  });
  const kept = past.filter((_, index) => {
    const end = ends[index];
    return end === undefined || end > now;
  });
  const [newest] = past;
  const rotation = newest === undefined ? now : after(newest.createdAt, ROTATE_EVERY_MS);
  const instants = [rotation, ...ends.filter((end) => end !== undefined && end > now)] as Date[];
  return {
    isNewOneDue: rotation <= now,
    gone: records.filter((record) => !kept.includes(record)).map(({ secretId }) => secretId),
    nextAt: instants.reduce((first, instant) => (instant < first ? instant : first)),
  };
}
