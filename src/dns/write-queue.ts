/**
 * The changes of one credential, in order and few at a time: many orders at once must neither race
 * nor trip the host's limits.
 *
 * @module
 */
import { after, type Clock, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { AppError, isAbort } from '../core/errors.ts';
import type { DnsProvider, TxtChange } from './provider.ts';

/**
 * Changes of one name never overtake each other. Where the host takes many changes in one request,
 * all that have come in since the last one make the next one. A host that limits requests pauses
 * everybody, and is asked again when it says so.
 */
export function createWriteQueue(provider: DnsProvider, clock: Clock): DnsProvider {
  const waiting: Entry[] = [];
  const busyNames = new Set<string>();
  const { mostLanes, mostChanges } =
    provider.changeTxt === undefined
      ? { mostLanes: provider.mostAtOnce ?? 1, mostChanges: 1 }
      : { mostLanes: 1, mostChanges: MOST_BATCH };
  let lanes = 0;
  let pausedUntil = new Date(0);

  const enqueue = (change: TxtChange, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Entry = { change, signal, resolve, reject };
    const abort = (): void => {
      const at = waiting.indexOf(entry);
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    waiting.push(entry);
    // Not before the others that come at the same time are in the queue as well.
    setImmediate(pump);
    return promise.finally(() => signal.removeEventListener('abort', abort));
  };

  const pump = (): void => {
    while (lanes < mostLanes) {
      const batch = takeBatch(waiting, busyNames, mostChanges);
      if (batch.length === 0) return;
      lanes += 1;
      for (const { change } of batch) busyNames.add(change.record.name);
      void run(batch).finally(() => {
        lanes -= 1;
        for (const { change } of batch) busyNames.delete(change.record.name);
        pump();
      });
    }
  };

  const run = async (batch: readonly Entry[]): Promise<void> => {
    const error = await settle(batch);
    if (error === undefined) return;
    // What the host refuses of one must not spoil the others.
    let inARow = 0;
    for (const entry of batch.length > 1 && mayBeOfOne(error) ? batch : []) {
      if (inARow === MOST_IN_A_ROW) break;
      const own = await settle([entry]);
      inARow = own === undefined ? 0 : inARow + 1;
      if (own !== undefined) entry.reject(own);
    }
    for (const { reject } of batch) reject(error);
  };

  /** Resolves to what went wrong, for the caller to say. */
  const settle = async (batch: readonly Entry[]): Promise<Error | undefined> => {
    try {
      await attempt(batch);
      for (const { resolve } of batch) resolve();
      return undefined;
    } catch (thrown) {
      return thrown as Error;
    }
  };

  const attempt = async (batch: readonly Entry[]): Promise<void> => {
    const signal = whenAllAborted(batch.map((entry) => entry.signal));
    for (let tries = 1; ; tries += 1) {
      await untilPauseIsOver(signal);
      try {
        return await apply(provider, batch, signal);
      } catch (thrown) {
        if (isAbort(thrown, signal)) throw thrown;
        const pauseMs = pauseAfter(thrown, tries, clock.now());
        if (pauseMs === undefined || tries === MOST_TRIES) throw thrown;
        const until = after(clock.now(), pauseMs);
        if (until > pausedUntil) pausedUntil = until;
      }
    }
  };

  const untilPauseIsOver = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const leftMs = pausedUntil.getTime() - clock.now().getTime();
      if (leftMs <= 0) return;
      await clock.sleep(leftMs, signal);
    }
  };

  return {
    addTxt: async (record, signal) => enqueue({ kind: 'add', record }, signal),
    removeTxt: async (record, signal) => enqueue({ kind: 'remove', record }, signal),
    close: () => provider.close(),
  };
}

interface Entry {
  readonly change: TxtChange;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** The first that may be made at once, without two of one record: the later one has to win. */
function takeBatch(waiting: Entry[], busyNames: ReadonlySet<string>, most: number): Entry[] {
  const batch: Entry[] = [];
  const keys = new Set<string>();
  const passedOver = new Set<string>();
  for (const entry of waiting) {
    if (batch.length === most) break;
    const { name, value } = entry.change.record;
    const key = `${name} ${value}`;
    if (busyNames.has(name) || passedOver.has(name) || keys.has(key)) {
      passedOver.add(name);
      continue;
    }
    keys.add(key);
    batch.push(entry);
  }
  const taken = new Set(batch);
  waiting.splice(0, waiting.length, ...waiting.filter((entry) => !taken.has(entry)));
  return batch;
}

async function apply(
  provider: DnsProvider,
  batch: readonly Entry[],
  signal: AbortSignal,
): Promise<void> {
  if (provider.changeTxt !== undefined) {
    const changes = batch.map(({ change }) => change);
    return provider.changeTxt(changes, signal);
  }
  for (const { change } of batch) {
    if (change.kind === 'add') await provider.addTxt(change.record, signal);
    else await provider.removeTxt(change.record, signal);
  }
}

/** Nobody may spoil the change of another by leaving. */
function whenAllAborted(signals: readonly AbortSignal[]): AbortSignal {
  const [first] = signals;
  if (first !== undefined && signals.length === 1) return first;
  const all = new AbortController();
  const look = (): void => {
    if (signals.every(({ aborted }) => aborted)) all.abort(first?.reason);
  };
  for (const signal of signals) signal.addEventListener('abort', look, { once: true });
  look();
  return all.signal;
}

/** Only what a host says of a record or of its zone; the rest would be the same once more. */
function mayBeOfOne(thrown: unknown): boolean {
  return thrown instanceof AppError && OF_ONE.has(thrown.code);
}

function pauseAfter(thrown: unknown, tries: number, now: Date): number | undefined {
  if (!(thrown instanceof AppError) || thrown.code !== 'dns/rate-limited') return undefined;
  const namedMs = thrown.retryAt && thrown.retryAt.getTime() - now.getTime();
  if (namedMs === undefined) return FIRST_PAUSE_MS * 2 ** (tries - 1);
  return namedMs > LONGEST_PAUSE_MS ? undefined : Math.max(namedMs, SECOND_MS);
}

const OF_ONE: ReadonlySet<AppError['code']> = new Set([
  'dns/rejected',
  'dns/unauthorized',
  'dns/zone-not-found',
]);
/** Then it is the credential rather than the records: hosts lock out who is refused too often. */
const MOST_IN_A_ROW = 3;
/** Fits the limits of all hosts that have one, and the 64 KiB of a DNS message. */
const MOST_BATCH = 100;
const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 2 * SECOND_MS;
const LONGEST_PAUSE_MS = 2 * MINUTE_MS;
