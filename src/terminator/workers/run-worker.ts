/**
 * The life of a worker process: it does what its control process says, outlives it for a while, and
 * goes on with the next one.
 *
 * The worker listens and the control process connects, so that the next one finds every worker, and
 * a worker without privileges needs no way back into the data directory.
 *
 * @module
 */
import type { Server, Socket } from 'node:net';
import { toWire } from '../../core/error-wire.ts';
import { toAppError } from '../../core/errors.ts';
import { hostPort } from '../../core/host-port.ts';
import type { Channel } from '../../feed/channel.ts';
import type { Feed } from '../../feed/feed.ts';
import type { Log } from '../../observe/log.ts';
import { DEFAULT_LIMITS, type TerminatorSettings } from '../settings.ts';
import { createTerminator } from '../terminator.ts';
import { createAttachedFeed } from './attached-feed.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { findToWorker, type FromWorker, MESSAGES_VERSION } from './messages.ts';
import { watchOrphan } from './orphan.ts';
import { type SocketChannel, socketChannel } from './socket-channel.ts';
import { LONGEST_TO_WORKER, type WorkerStart } from './worker-options.ts';

export interface WorkerOptions {
  readonly start: Pick<WorkerStart, 'identity' | 'runAs' | 'reusePort' | 'inherited'>;
  /** Listens at `socketPath`, for control processes only. */
  readonly server: Server;
  readonly socketPath: string;
  readonly createFeed: (channel: Channel) => Feed;
  readonly log: Log;
}

/** Resolves when the worker has nothing left to do and the process may end. */
export function runWorker(options: WorkerOptions): Promise<void> {
  const { start, server, socketPath, createFeed, log } = options;
  const feed = createAttachedFeed();
  const terminator = createTerminator({
    feed,
    log,
    reusePort: start.reusePort,
    inherited: new Map(start.inherited.map((one) => [hostPort(one), one.descriptor])),
    onBound: () => {
      if (start.runAs !== undefined) dropPrivileges(start.runAs);
    },
  });
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  // One after the other: a second configuration must not overtake the first.
  let work = Promise.resolve();
  let isDraining = false;
  let settings: TerminatorSettings | undefined;
  let attached: SocketChannel | undefined;
  let stopWaiting = waitForSomebody();

  function waitForSomebody(): () => void {
    const { orphanMs, drainMs } = settings?.limits ?? DEFAULT_LIMITS;
    return watchOrphan({
      socketPath,
      // Who was never told what to serve has nothing to go on with.
      patienceMs: settings === undefined ? UNTOLD_MS : orphanMs,
      onEnd: (why) => {
        log.warn({ why }, 'no control process takes this worker over: it drains and ends');
        void drain(drainMs);
      },
    });
  }

  const configure = async (
    before: Promise<void>,
    id: number,
    wanted: TerminatorSettings,
    say: (message: FromWorker) => void,
  ): Promise<void> => {
    await before;
    try {
      await terminator.configure(wanted);
      settings = wanted;
      say({ kind: 'configured', id, addresses: terminator.addresses() });
    } catch (thrown) {
      say({ kind: 'refused', id, error: toWire(toAppError(thrown)) });
    }
  };

  const tellNames = setInterval(() => {
    const names = attached === undefined ? [] : terminator.takeUnknownNames();
    if (names.length > 0) attached?.send({ kind: 'unknown-names', names } satisfies FromWorker);
  }, TELL_NAMES_MS).unref();

  const tellSpans = (): void => {
    const spans = attached === undefined ? [] : terminator.takeSpans();
    if (spans.length > 0) attached?.send({ kind: 'spans', spans } satisfies FromWorker);
  };
  const spansTold = setInterval(tellSpans, TELL_SPANS_MS).unref();

  /** A second time it can only be sooner. */
  const drain = async (deadlineMs: number): Promise<void> => {
    isDraining = true;
    await work;
    await terminator.stop(deadlineMs);
    clearInterval(tellNames);
    clearInterval(spansTold);
    tellSpans();
    attached?.send({ kind: 'ended', report: terminator.report() } satisfies FromWorker);
    // The message leaves before the process does.
    setImmediate(resolve);
  };

  const attach = (channel: SocketChannel): void => {
    if (attached === channel) return;
    const earlier = attached;
    attached = channel;
    stopWaiting();
    earlier?.close();
    const detach = feed.attach(createFeed(feedChannel(channel)));
    channel.onClose(() => {
      detach();
      if (attached !== channel) return;
      attached = undefined;
      if (isDraining) return;
      log.warn({}, 'the control process is gone: this worker serves on with what it knows');
      stopWaiting = waitForSomebody();
    });
  };

  server.on('connection', (socket: Socket) => {
    const channel = socketChannel(socket, { longestLine: LONGEST_TO_WORKER });
    const say = (message: FromWorker): void => channel.send(message);
    channel.onMessage((received) => {
      const message = findToWorker(received);
      switch (message?.kind) {
        case 'attach':
          attach(channel);
          return;
        case 'configure':
          work = configure(work, message.id, message.settings, say);
          return;
        case 'count':
          say({ kind: 'counted', id: message.id, report: terminator.report() });
          return;
        case 'drain':
          void drain(message.deadlineMs);
          return;
        case 'feed':
        case undefined:
      }
    });
    const listeners = settings?.listeners ?? [];
    const { identity } = start;
    say({ kind: 'ready', version: MESSAGES_VERSION, identity, isDraining, listeners });
  });
  return finished;
}

const TELL_SPANS_MS = 1_000;
const TELL_NAMES_MS = 5_000;
const UNTOLD_MS = 20_000;

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
