/**
 * The upstreams in use, how they are, and connections to them.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type Clock, SECOND_MS } from '../core/clock.ts';
import { AppError, toAppError } from '../core/errors.ts';
import {
  type HealthCheck,
  type Upstream,
  type UpstreamGroup,
  upstreamText,
} from '../feed/upstream.ts';
import type { Log } from '../observe/log.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import { checkUpstream } from './check-upstream.ts';
import { chooseUpstream, isWell, type UpstreamState } from './choose-upstream.ts';
import { dial, type DialOptions } from './dial.ts';
import type { UpstreamReport } from './report.ts';
import type { TerminatorLimits } from './settings.ts';
import { UpstreamContexts } from './upstream-contexts.ts';

export interface UpstreamsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<TerminatorLimits, 'connectMs'>;
}

/** One connection or request that goes to `upstream`; `end` has to be called when it is over. */
export interface Turn {
  readonly upstream: Upstream;
  /** No connection could be opened: others are preferred for a while. */
  fail(cause: unknown): void;
  /** A connection was opened. */
  succeed(): void;
  end(): void;
}

export type ConnectOptions = Pick<DialOptions, 'preamble' | 'protocols' | 'onread'>;

interface State extends UpstreamState {
  readonly upstream: Upstream;
  open: number;
  downUntil: number;
  isUnhealthy: boolean;
  chosenAt: number;
  /** In a row. */
  failures: number;
  usedAt: number;
  /** Of the check that comes next; absent while none is to come. */
  timer?: NodeJS.Timeout | undefined;
}

export class Upstreams implements Disposable {
  readonly contexts = new UpstreamContexts();
  readonly #options: UpstreamsOptions;
  readonly #states = new BoundedMap<string, State>(MOST_STATES, stopChecks);
  /** Spares the key of an upstream that was met before. */
  readonly #known = new WeakMap<Upstream, State>();
  #turns = 0;
  #isDisposed = false;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /** `undefined` when all were tried. */
  take(group: UpstreamGroup, tried: ReadonlySet<Upstream> = NONE): Turn | undefined {
    const left =
      tried.size === 0
        ? group.upstreams
        : group.upstreams.filter((upstream) => !tried.has(upstream));
    const states = left.map((upstream) => this.#stateOf(upstream, group));
    const now = this.#now();
    const state = states[chooseUpstream(states, now) ?? -1];
    if (state === undefined) return undefined;
    this.#turns += 1;
    state.chosenAt = this.#turns;
    state.open += 1;
    if (group.health !== undefined) this.#keepChecking(states, group, now);
    let isOver = false;
    return {
      upstream: left[states.indexOf(state)] ?? state.upstream,
      fail: (cause) => this.#fail(state, cause),
      succeed: () => this.#succeed(state),
      end: () => {
        if (!isOver) state.open -= 1;
        isOver = true;
      },
    };
  }

  /**
   * Connects to one of the group, trying one after the other. Its turn lasts as long as the socket.
   *
   * @param isWanted asked before each attempt
   * @throws `upstream/unreachable` or `upstream/untrusted` of the last attempt.
   */
  async connect(
    group: UpstreamGroup,
    options: ConnectOptions,
    isWanted: () => boolean,
  ): Promise<{ readonly socket: Socket; readonly upstream: Upstream }> {
    const { connectMs: timeoutMs } = this.#options.limits;
    const tried = new Set<Upstream>();
    const patience = this.#now() + MOST_TIMEOUTS * timeoutMs;
    let failure: AppError | undefined;
    while (isWanted() && this.#now() < patience) {
      const turn = this.take(group, tried);
      if (turn === undefined) break;
      const { upstream } = turn;
      tried.add(upstream);
      try {
        const socket = await dial(upstream, { ...options, contexts: this.contexts, timeoutMs });
        turn.succeed();
        socket.once('close', () => turn.end());
        return { socket, upstream };
      } catch (thrown) {
        turn.end();
        turn.fail(thrown);
        failure = toAppError(thrown);
      }
    }
    throw failure ?? new AppError('upstream/unreachable', 'no upstream could be tried');
  }

  /** How many of those in use are down or fail their checks. */
  countDown(): number {
    const now = this.#now();
    return [...this.#states.values()].filter((state) => !isWell(state, now)).length;
  }

  /** Those that were used last. */
  report(): UpstreamReport[] {
    const now = this.#now();
    return [...this.#states.values()].slice(-MOST_REPORTED).map((state) => ({
      upstream: upstreamText(state.upstream),
      state: state.isUnhealthy ? 'unhealthy' : isWell(state, now) ? 'up' : 'down',
      open: state.open,
    }));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const state of this.#states.values()) stopChecks(state);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #stateOf(upstream: Upstream, { health, proxyProtocol }: UpstreamGroup): State {
    const known = this.#known.get(upstream);
    if (known !== undefined) return known;
    // Checks belong to the state, so that endpoints with other checks have one of their own.
    const key = JSON.stringify([upstream, health, proxyProtocol]);
    let state = this.#states.get(key);
    if (state === undefined) {
      state = {
        upstream,
        open: 0,
        downUntil: 0,
        isUnhealthy: false,
        chosenAt: 0,
        failures: 0,
        usedAt: 0,
      };
      this.#states.set(key, state);
    }
    this.#known.set(upstream, state);
    return state;
  }

  #fail(state: State, cause: unknown): void {
    const wasWell = isWell(state, this.#now());
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** state.failures, LONGEST_PAUSE_MS);
    state.failures += 1;
    state.downUntil = this.#now() + pauseMs;
    if (wasWell) this.#report(state, 'an upstream is down', cause);
  }

  #succeed(state: State): void {
    if (state.failures === 0) return;
    state.failures = 0;
    state.downUntil = 0;
    this.#report(state, 'an upstream is up again');
  }

  #keepChecking(states: readonly State[], group: UpstreamGroup, now: number): void {
    for (const state of states) {
      state.usedAt = now;
      if (state.timer === undefined && !this.#isDisposed) this.#scheduleCheck(state, group, 0);
    }
  }

  #scheduleCheck(state: State, group: UpstreamGroup, delayMs: number): void {
    state.timer = setTimeout(() => void this.#check(state, group), delayMs).unref();
  }

  async #check(state: State, group: UpstreamGroup): Promise<void> {
    const { health, proxyProtocol } = group;
    if (health === undefined) return;
    const objection = await checkUpstream(state.upstream, {
      health,
      proxyProtocol,
      contexts: this.contexts,
    });
    if (this.#isDisposed || state.timer === undefined) return;
    if (objection === undefined) {
      if (state.isUnhealthy) this.#report(state, 'an upstream passes its checks again');
      state.isUnhealthy = false;
      this.#succeed(state);
    } else {
      if (!state.isUnhealthy) this.#report(state, 'an upstream fails its checks', objection);
      state.isUnhealthy = true;
    }
    if (this.#now() - state.usedAt > unusedMs(health)) {
      // What is not looked at any more must not count for ever.
      stopChecks(state);
      state.isUnhealthy = false;
    } else {
      this.#scheduleCheck(state, group, health.intervalMs);
    }
  }

  #report({ upstream }: State, what: string, cause?: unknown): void {
    const { log } = this.#options;
    const shown = upstreamText(upstream);
    if (cause === undefined) log.info({ upstream: shown }, what);
    else log.warn({ upstream: shown, error: reasonOf(cause) }, what);
  }
}

const NONE: ReadonlySet<Upstream> = new Set();
const MOST_STATES = 10_000;
const MOST_REPORTED = 1_000;
const FIRST_PAUSE_MS = SECOND_MS;
const LONGEST_PAUSE_MS = 30 * SECOND_MS;
/** Of a silent upstream each attempt costs the whole time, and the client waits. */
const MOST_TIMEOUTS = 3;

/** For so long an endpoint may be without connections while its upstreams are checked. */
function unusedMs({ intervalMs }: HealthCheck): number {
  return Math.max(10 * intervalMs, 300 * SECOND_MS);
}

function stopChecks(state: State): void {
  clearTimeout(state.timer);
  state.timer = undefined;
}

function reasonOf(cause: unknown): string {
  const error = toAppError(cause);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
