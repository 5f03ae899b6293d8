/**
 * Starts workers that are all alike, and knows which found ones are like them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Channel } from '../../feed/channel.ts';
import type { LogLevel } from '../../observe/log.ts';
import type { SpanRecord } from '../../observe/tracing/span.ts';
import type { ListenerSettings } from '../settings.ts';
import type { UnknownNameCount } from '../unknown-names.ts';
import { findInherited } from './check-addresses.ts';
import type { RunAs } from './drop-privileges.ts';
import { openWorker } from './open-worker.ts';
import type { InheritedListener } from './worker-options.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface WorkerStarterOptions {
  /** The program of a worker. */
  readonly entry: string | URL;
  /** Its version: workers of another one are replaced. */
  readonly release: string;
  readonly logLevel: LogLevel;
  readonly execArgv?: readonly string[];
  /** The names of this process's environment variables, none of which a worker gets. */
  readonly ownVariables: readonly string[];
  /** Where the workers' sockets are: nobody but this user may enter it. */
  readonly socketDir: string;
  /** Whom the workers become when their addresses are bound. */
  readonly runAs?: RunAs | undefined;
  /** Sockets of this process that listen already. */
  readonly inherited?: readonly InheritedListener[];
  /** Whether the system lets several processes listen on one port. */
  readonly canSharePorts: boolean;
  /** Answers the feed questions of one worker until its channel closes. */
  readonly serveFeed: (channel: Channel) => void;
  /** What workers have traced. */
  readonly onSpans?: (spans: readonly SpanRecord[]) => void;
  /** What clients of any worker asked for and no endpoint serves. */
  readonly onUnknownNames?: (names: readonly UnknownNameCount[]) => void;
}

export class WorkerStarter {
  readonly #options: WorkerStarterOptions;
  readonly #identity: string;

  constructor(options: WorkerStarterOptions) {
    this.#options = options;
    this.#identity = identityOf(options);
  }

  /** Whether this process makes the listening sockets, one for all of its workers. */
  get sharesSockets(): boolean {
    const { canSharePorts, inherited = [] } = this.#options;
    return !canSharePorts && inherited.length === 0;
  }

  /** Whether a worker that we started can listen at more than it was started for. */
  get canMove(): boolean {
    const { runAs, inherited = [] } = this.#options;
    return this.sharesSockets || (runAs === undefined && inherited.length === 0);
  }

  /** Whether several workers can listen at all of these addresses. */
  canShare(listeners: readonly ListenerSettings[]): boolean {
    const { canSharePorts } = this.#options;
    return canSharePorts || this.sharesSockets || this.notInherited(listeners).length === 0;
  }

  /** Those that no socket of this process listens at. */
  notInherited<T extends Pick<ListenerSettings, 'address' | 'port'>>(listeners: readonly T[]): T[] {
    const { inherited = [] } = this.#options;
    return listeners.filter((listener) => findInherited(inherited, listener) === undefined);
  }

  /** Whether it does what a worker that we start now would do. */
  isLikeOurs(worker: WorkerProcess): boolean {
    return worker.fits(this.#identity);
  }

  /** @throws as `openWorker` does */
  async start(listeners: readonly ListenerSettings[]): Promise<WorkerProcess> {
    const { entry, execArgv = [], ownVariables, inherited = [], runAs } = this.#options;
    const { logLevel, socketDir, canSharePorts: reusePort } = this.#options;
    const worker = await openWorker({
      entry,
      execArgv,
      ownVariables,
      sharesSockets: this.sharesSockets,
      start: {
        logLevel,
        socketDir,
        identity: this.#identity,
        reusePort,
        ...(runAs === undefined ? {} : { runAs }),
        inherited: listeners.flatMap(({ address, port }) => {
          const { descriptor } = findInherited(inherited, { address, port }) ?? {};
          return descriptor === undefined ? [] : [{ address, port, descriptor }];
        }),
      },
    });
    this.attach(worker);
    return worker;
  }

  /** Makes us its control process. */
  attach(worker: WorkerProcess): void {
    const { serveFeed, onUnknownNames, onSpans } = this.#options;
    worker.attach(serveFeed);
    if (onSpans !== undefined) worker.onSpans(onSpans);
    if (onUnknownNames !== undefined) worker.onUnknownNames(onUnknownNames);
  }
}

function identityOf(options: WorkerStarterOptions): string {
  const { entry, release, logLevel, execArgv, runAs, inherited } = options;
  const parts = [process.version, String(entry), release, logLevel, execArgv, runAs];
  const sockets = inherited?.map(({ address, port }) => `${address} ${port}`);
  return createHash('sha256')
    .update(JSON.stringify([...parts, sockets]))
    .digest('hex');
}
