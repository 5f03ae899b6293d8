/**
 * certctl's own terminator on a manager: endpoints from the program, the rest as in the daemon.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { prepareAccessLog } from '../main/access-log-file.ts';
import { type TicketKeeper, openTicketKeeper } from '../main/ticket-keeper.ts';
import { SESSION_SECONDS } from '../terminator/contexts.ts';
import { type Terminator, createTerminator } from '../terminator/terminator.ts';
import type { ManagedTerminator } from './managed-terminator.ts';
import type { Manager } from './manager.ts';
import type { ManagerParts } from './manager-parts.ts';
import { manage } from './open-manager.ts';
import type { TerminatorOptions } from './options.ts';
import { readOptions } from './read-options.ts';
import { partsOf } from './running-manager.ts';

const WITH_TERMINATOR = new WeakSet<Manager>();

export async function openTerminator(
  manager: Manager,
  options: TerminatorOptions,
): Promise<ManagedTerminator> {
  const parts = partsOf(manager);
  if (WITH_TERMINATOR.has(manager)) {
    throw new AppError('usage/invalid', 'the manager has a terminator already', {
      mend: 'Call configure of that one, or close it first.',
    });
  }
  WITH_TERMINATOR.add(manager);
  try {
    const { control, feed, log } = parts;
    const { keys, clock } = control.context;
    const tickets = await openTicketKeeper({
      table: control.store.ticketSecrets,
      keys,
      clock,
      lifetimeMs: SESSION_SECONDS * SECOND_MS,
    });
    const terminator = createTerminator({ feed, log, reusePort: false, clock });
    const opened = new OpenTerminator(parts, terminator, tickets, () =>
      WITH_TERMINATOR.delete(manager),
    );
    await opened.configure(options);
    return opened;
  } catch (thrown) {
    WITH_TERMINATOR.delete(manager);
    throw thrown;
  }
}

class OpenTerminator implements ManagedTerminator {
  readonly #parts: ManagerParts;
  readonly #terminator: Terminator;
  readonly #tickets: TicketKeeper;
  readonly #closing = new AbortController();
  readonly #onClosed: () => void;
  #config: Config;
  /** The terminator takes one configuration after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #keeping: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    parts: ManagerParts,
    terminator: Terminator,
    tickets: TicketKeeper,
    onClosed: () => void,
  ) {
    this.#parts = parts;
    this.#terminator = terminator;
    this.#tickets = tickets;
    this.#onClosed = onClosed;
    this.#config = parts.config;
    parts.defer(() => this.close({ drainMs: 0 }));
  }

  addresses: ManagedTerminator['addresses'] = () => this.#terminator.addresses();

  counters: ManagedTerminator['counters'] = () => this.#terminator.counters();

  configure(options: TerminatorOptions): Promise<void> {
    const work = this.#turn.then(() => this.#configure(options));
    this.#turn = work.catch(() => undefined);
    return work;
  }

  async #configure(options: TerminatorOptions): Promise<void> {
    const { options: given, control, doors, wake } = this.#parts;
    const { config } = await readOptions(given, options);
    await prepareAccessLog(config.terminator.accessLog, undefined);
    await this.#apply(config);
    this.#config = config;
    control.reconfigure(config);
    for (const { protocol } of config.terminator.listeners) {
      if (protocol === 'http') doors.open('http-01');
      if (protocol === 'tls') doors.open('tls-alpn-01');
    }
    await this.#obtainMissing(config);
    wake();
    this.#keeping ??= this.#keepTickets();
  }

  async close({
    drainMs = this.#config.terminator.limits.drainMs,
  }: {
    readonly drainMs?: number;
  } = {}): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    this.#closing.abort();
    await this.#turn;
    await this.#terminator.stop(drainMs);
    await this.#keeping;
    const { control, config, signal } = this.#parts;
    if (!signal.aborted) control.reconfigure(config);
    this.#onClosed();
  }

  #apply({ terminator }: Config): Promise<void> {
    return this.#terminator.configure({ ...terminator, ticketSecrets: this.#tickets.secrets });
  }

  #keepTickets(): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, this.#parts.signal]);
    const apply = async (): Promise<void> => {
      const work = this.#turn.then(() => this.#apply(this.#config));
      this.#turn = work.catch(() => undefined);
      await work;
    };
    return this.#tickets.keep(apply, this.#parts.log, signal);
  }

  /** Hosts that clients do not bring about, and that nothing covers, get one by the usual options. */
  async #obtainMissing({ endpoints, onDemand }: Config): Promise<void> {
    const { options, control } = this.#parts;
    const byClients = new Set(onDemand.map(({ host }) => host));
    for (const { host, terminate } of endpoints) {
      if (terminate === undefined || byClients.has(host)) continue;
      if ((await control.store.certificates.covering(host)).length > 0) continue;
      const { wanted } = await readOptions({ ...options, certificates: [host] });
      await manage(control, wanted);
    }
  }
}
