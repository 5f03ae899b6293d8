/**
 * Tells of the daemon itself: its start and end, and what became of a changed configuration.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { type AppError, toAppError } from '../core/errors.ts';
import type { NewEvent } from '../observe/events/event.ts';
import { failureOf } from '../observe/events/fields.ts';
import type { Log } from '../observe/log.ts';
import type { Store } from '../store/store.ts';
import { readVersion } from './version.ts';

export interface DaemonTeller {
  started(): Promise<void>;
  stopped(isHandedOver: boolean): Promise<void>;
  applied(config: Config): Promise<void>;
  /** @param running the configuration that stays */
  refused(running: Config, error: AppError): Promise<void>;
}

export function createDaemonTeller({ events }: Pick<Store, 'events'>, log: Log): DaemonTeller {
  const version = readVersion();
  /** What has happened has happened, whether it can be told or not. */
  async function tell(event: NewEvent): Promise<void> {
    try {
      await events.append([event]);
    } catch (thrown) {
      log.error({ err: toAppError(thrown), type: event.type }, 'an event could not be recorded');
    }
  }
  return {
    started: () => tell({ type: 'daemon.started.v1', names: [], data: { version } }),
    stopped: (isHandedOver) =>
      tell({ type: 'daemon.stopped.v1', names: [], data: { version, isHandedOver } }),
    applied: (config) =>
      tell({ type: 'configuration.applied.v1', names: [], data: fileOf(config) }),
    refused: (running, error) =>
      tell({
        type: 'configuration.refused.v1',
        names: [],
        data: { ...fileOf(running), error: failureOf(error) },
      }),
  };
}

function fileOf({ source: { path } }: Config): { readonly file?: string } {
  return path === undefined ? {} : { file: path };
}
