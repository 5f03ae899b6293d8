/**
 * A manager, put together of the daemon's own parts.
 *
 * @module
 */
import { systemClock } from '../core/clock.ts';
import type { Feed } from '../feed/feed.ts';
import { type Control, openControl } from '../main/control.ts';
import { keepEvents } from '../main/event-keeper.ts';
import { localOperations } from '../main/local-operations.ts';
import { resumeOrders, startUpkeep } from '../main/upkeep.ts';
import { type Log, createLog } from '../observe/log.ts';
import { ChallengeDoors } from './challenge-doors.ts';
import type { Manager } from './manager.ts';
import type { Logger, ManagerOptions } from './options.ts';
import { RunningManager } from './running-manager.ts';
import { type Wanted, readOptions } from './read-options.ts';
import { ServerContexts } from './server-contexts.ts';
import { createStoredAnswers } from './stored-answers.ts';

const USUAL_LOG_LEVEL = 'warn';

export async function openManager(options: ManagerOptions): Promise<Manager> {
  const { config, ownIssuer, wanted } = await readOptions(options);
  const log = logOf(options.logger);
  const closing = new AbortController();
  const { signal } = closing;
  const clock = systemClock;
  await using stack = new AsyncDisposableStack();
  const doors = new ChallengeDoors(signal);
  const { http01, tlsAlpn01 } = options.challengePorts ?? {};
  const control = await openControl(
    {
      config,
      hasTerminator: true,
      clock,
      log,
      answering: {
        ...(http01 === undefined ? { http01: doors.listenerFor('http-01') } : {}),
        ...(tlsAlpn01 === undefined ? { tlsAlpn01: doors.listenerFor('tls-alpn-01') } : {}),
      },
    },
    signal,
  );
  stack.defer(() => control.close());
  const { store } = control;
  const events = await keepEvents({ store, clock, random: Math.random, log }, config);
  stack.defer(() => events.stop());
  if (ownIssuer !== undefined) await control.shareIssuer(ownIssuer);
  const managedIds = await manage(control, wanted);
  await resumeOrders(control);
  const { keys } = control.context;
  const contexts = stack.use(new ServerContexts({ store, keys, clock, feed: control.feed }));
  const upkeep = startUpkeep({ control, config, log, signal });
  stack.defer(() => upkeep.stop());
  const running = stack.move();
  return new RunningManager(
    {
      options,
      config,
      control,
      feed: withStoredAnswers(control),
      doors,
      contexts,
      log,
      managedIds,
      signal,
      defer: (close) => running.defer(async () => void (await close())),
      end: async () => {
        closing.abort();
        await running.disposeAsync();
      },
      wake: () => upkeep.scheduler.wake(),
    },
    localOperations(control),
  );
}

/** @returns the ids of the certificates. */
export async function manage(control: Control, wanted: readonly Wanted[]): Promise<string[]> {
  const ids: string[] = [];
  for (const each of wanted) {
    for (const { id } of await control.manage(each)) ids.push(id);
  }
  return ids;
}

function withStoredAnswers({ feed, store }: Control): Feed {
  const findStored = createStoredAnswers(store);
  return {
    ...feed,
    findAnswer: async (query) => (await feed.findAnswer(query)) ?? (await findStored(query)),
  };
}

function logOf(logger: ManagerOptions['logger'] = USUAL_LOG_LEVEL): Log {
  return typeof logger === 'string' ? createLog(logger, 'certctl') : asLog(logger);
}

/** Some lines have no fields. */
function asLog(logger: Logger): Log {
  const line =
    (level: keyof Logger) =>
    (first: unknown, message?: string): void =>
      typeof first === 'string'
        ? logger[level]({}, first)
        : logger[level](first as object, message ?? '');
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
}
