/**
 * What a manager is made of, for what is built on it.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import type { Feed } from '../feed/feed.ts';
import type { Control } from '../main/control.ts';
import type { Log } from '../observe/log.ts';
import type { ChallengeDoors } from './challenge-doors.ts';
import type { ManagerOptions } from './options.ts';
import type { ServerContexts } from './server-contexts.ts';

export interface ManagerParts {
  readonly options: ManagerOptions;
  readonly config: Config;
  readonly control: Control;
  /** That of the control plane, which also knows the answers of other processes. */
  readonly feed: Feed;
  readonly doors: ChallengeDoors;
  readonly contexts: ServerContexts;
  readonly log: Log;
  /** The certificates of the options, by their ids in the store. */
  readonly managedIds: readonly string[];
  /** Aborted when the manager is closed. */
  readonly signal: AbortSignal;
  /** Called when it is closed, the last first. */
  readonly defer: (close: () => unknown) => void;
  /** Stops everything. */
  readonly end: () => Promise<void>;
  /** Looks at once for what is due. */
  readonly wake: () => void;
}
