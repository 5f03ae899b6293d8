/**
 * Delivers events while the daemon runs, and removes what is old.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { type Clock, HOUR_MS, MINUTE_MS, type Random, SECOND_MS, after } from '../core/clock.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import { deliverAll } from '../lifecycle/delivery/deliver.ts';
import { watchExpiry } from '../lifecycle/watch/watch-expiry.ts';
import { createUnknownNameWatch } from '../lifecycle/watch/watch-unknown-names.ts';
import { withLease } from '../lifecycle/leases.ts';
import type { Log } from '../observe/log.ts';
import type { Store } from '../store/store.ts';
import { sendHeartbeat } from './heartbeat.ts';
import { createReceivers } from './notifiers.ts';

export interface EventKeeperOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface EventKeeper {
  /** What clients asked for and no endpoint serves. */
  noteUnknownNames(counts: Iterable<readonly [name: string, count: number]>): void;
  /** Delivers by another configuration from now on. */
  reconfigure(config: Config): void;
  /** Waits for what is under way, which is aborted: it is delivered again later. */
  stop(): Promise<void>;
}

const PRUNE_EVERY_MS = HOUR_MS;
const RETRY_MS = 5 * SECOND_MS;
const WATCH_EVERY_MS = 10 * MINUTE_MS;
const RETRY_SOON_MS = MINUTE_MS;

/** From its return on no event is lost for the subscriptions of the configuration. */
export async function keepEvents(
  options: EventKeeperOptions,
  config: Config,
): Promise<EventKeeper> {
  const { store, clock, random, log } = options;
  const stopping = new AbortController();
  let current = config;
  let change = new AbortController();

  const subscribe = () =>
    store.deliveries.subscribe(
      current.notify.map(({ subscription }) => subscription.name),
      clock.now(),
    );

  /** Under a lease of its own: two processes at it would mix up the order. */
  async function deliver(signal: AbortSignal): Promise<void> {
    const receivers = createReceivers(current.notify, clock);
    if (receivers.length === 0) return aborted(signal);
    const lease = {
      leases: store.leases,
      clock,
      name: 'events/delivery',
      subject: 'delivering events',
      patience: 'wait',
    } as const;
    return withLease(lease, signal, (held) =>
      deliverAll({ store, clock, random, log }, receivers, held),
    );
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const signal = AbortSignal.any([stopping.signal, change.signal]);
      try {
        await deliver(signal);
      } catch (thrown) {
        if (!isAbort(thrown, signal)) {
          log.error({ err: toAppError(thrown) }, 'events cannot be delivered');
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        }
      }
    }
  }

  /** Returns how long to wait for the next time. */
  async function repeat(fault: string, work: (signal: AbortSignal) => Promise<number>) {
    const { signal } = stopping;
    while (!signal.aborted) {
      const wait = await work(signal).catch((thrown: unknown) => {
        if (!isAbort(thrown, signal)) log.warn({ err: toAppError(thrown) }, fault);
        return RETRY_SOON_MS;
      });
      await clock.sleep(wait, signal).catch(() => undefined);
    }
  }

  async function prune(): Promise<number> {
    const until = after(clock.now(), -current.events.keepMs);
    return (await store.events.prune(until)) > 0 ? SECOND_MS : PRUNE_EVERY_MS;
  }

  async function watch(signal: AbortSignal): Promise<number> {
    await watchExpiry({ store, clock }, current.watch.expiring, signal);
    return WATCH_EVERY_MS;
  }

  async function beat(signal: AbortSignal): Promise<number> {
    const { heartbeat } = current.watch;
    if (heartbeat === undefined) return RETRY_SOON_MS;
    await sendHeartbeat({ store, clock }, heartbeat.url, signal);
    return heartbeat.everyMs;
  }

  const unknownNames = createUnknownNameWatch({
    store,
    clock,
    onFault: (thrown) =>
      log.warn({ err: toAppError(thrown) }, 'names that nobody serves could not be told'),
  });
  await subscribe();
  const running = Promise.all([
    run(),
    repeat('old events could not be removed', prune),
    repeat('the expiry of certificates and tokens could not be watched', watch),
    repeat('no heartbeat was sent', beat),
    unknownNames.run(stopping.signal),
  ]);
  return {
    noteUnknownNames: (counts) => unknownNames.note(counts),
    reconfigure(wanted) {
      current = wanted;
      change.abort();
      change = new AbortController();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
