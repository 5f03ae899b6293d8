/**
 * The life of a worker process: it does what the control process says, and ends with it.
 *
 * @module
 */
import { toWire } from '../../core/error-wire.ts';
import { toAppError } from '../../core/errors.ts';
import type { Channel } from '../../feed/channel.ts';
import type { Feed } from '../../feed/feed.ts';
import type { Log } from '../../observe/log.ts';
import type { TerminatorSettings } from '../settings.ts';
import { createTerminator } from '../terminator.ts';
import { findToWorker, type FromWorker, MESSAGES_VERSION } from './messages.ts';

export interface WorkerOptions {
  /** To the control process. */
  readonly channel: Channel;
  readonly createFeed: (channel: Channel) => Feed;
  readonly log: Log;
}

/** Resolves when the worker has nothing left to do and the process may end. */
export function runWorker({ channel, createFeed, log }: WorkerOptions): Promise<void> {
  const say = (message: FromWorker): void => channel.send(message);
  const feed = createFeed(feedChannel(channel));
  const terminator = createTerminator({ feed, log, reusePort: true });
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  // One after the other: a second configuration must not overtake the first.
  let work = Promise.resolve();
  let isDraining = false;

  const configureAfter = async (
    before: Promise<void>,
    id: number,
    settings: TerminatorSettings,
  ): Promise<void> => {
    await before;
    try {
      await terminator.configure(settings);
      say({ kind: 'configured', id, addresses: terminator.addresses() });
    } catch (thrown) {
      say({ kind: 'refused', id, error: toWire(toAppError(thrown)) });
    }
  };
  const drain = async (deadlineMs: number): Promise<void> => {
    if (isDraining) return;
    isDraining = true;
    await work;
    await terminator.stop(deadlineMs);
    resolve();
  };
  channel.onMessage((received) => {
    const message = findToWorker(received);
    switch (message?.kind) {
      case 'configure': {
        const { id, settings } = message;
        work = configureAfter(work, id, settings);
        return;
      }
      case 'count':
        say({ kind: 'counted', id: message.id, counters: terminator.counters() });
        return;
      case 'drain':
        void drain(message.deadlineMs);
        return;
      case 'feed':
      case undefined:
    }
  });
  channel.onClose(() => {
    if (!isDraining) log.warn({}, 'the control process is gone, so this worker drains and ends');
    void drain(ORPHAN_DRAIN_MS);
  });
  say({ kind: 'ready', version: MESSAGES_VERSION });
  return finished;
}

const ORPHAN_DRAIN_MS = 30_000;

function feedChannel(channel: Channel): Channel {
  return {
    send: (body) => channel.send({ kind: 'feed', body } satisfies FromWorker),
    onMessage: (listener) =>
      channel.onMessage((received) => {
        const message = findToWorker(received);
        if (message?.kind === 'feed') listener(message.body);
      }),
    onClose: (listener) => channel.onClose(listener),
  };
}
