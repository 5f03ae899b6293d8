/**
 * What the permission URL has answered, kept for a while.
 *
 * @module
 */
import { type Clock, after } from '../../core/clock.ts';
import type { AskPermission, PermissionQuestion } from './ask-permission.ts';
import { ExpiringMap } from './expiring-map.ts';
import type { PermissionSettings } from './settings.ts';

type Verdict = 'allowed' | 'refused';

const MOST_KEPT = 10_000;

export class Permissions {
  readonly #ask: AskPermission;
  readonly #clock: Clock;
  readonly #verdicts: ExpiringMap<string, Verdict>;
  readonly #asking = new Map<string, Promise<Verdict>>();

  constructor(ask: AskPermission, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
    this.#verdicts = new ExpiringMap(clock, MOST_KEPT);
  }

  /**
   * Several who want to know the same ask once. That there was no answer is not kept: it is neither
   * a yes nor a no.
   *
   * @throws `permission/unavailable`
   */
  find(
    settings: PermissionSettings,
    question: PermissionQuestion,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const key = `${question.name} ${settings.url}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const asked = this.#askNow(key, settings, question, signal).finally(() =>
      this.#asking.delete(key),
    );
    this.#asking.set(key, asked);
    return asked;
  }

  /** The settings, or the answers, have changed. */
  forget(): void {
    this.#verdicts.clear();
  }

  async #askNow(
    key: string,
    settings: PermissionSettings,
    question: PermissionQuestion,
    signal: AbortSignal,
  ): Promise<Verdict> {
    signal.throwIfAborted();
    const verdict = await this.#ask(settings, question, signal);
    const heldMs = verdict === 'allowed' ? settings.allowedMs : settings.refusedMs;
    this.#verdicts.set(key, verdict, after(this.#clock.now(), heldMs));
    return verdict;
  }
}
