/**
 * Looking again until a resource has changed, at the pace that the server asks for.
 *
 * @module
 */
import { type Clock, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

export interface Polled<T> {
  readonly value: T;
  /** When the server wants to be asked again. */
  readonly retryAt?: Date | undefined;
}

export interface Poll<T> {
  readonly load: (signal?: AbortSignal) => Promise<Polled<T>>;
  readonly isDone: (value: T) => boolean;
  /** An answer that is already at hand; it counts as the first. */
  readonly from?: Polled<T> | undefined;
  readonly timeoutMs?: number | undefined;
  /** How many looks in a row may fail by what passes; without it the first failure ends it all. */
  readonly mostFailures?: number | undefined;
  /** For messages: `the order for a.example`. */
  readonly subject: string;
  readonly clock: Clock;
}

const DEFAULT_TIMEOUT_MS = 5 * MINUTE_MS;
/** Quick CAs are done in a few milliseconds; for others the delay grows before it costs them much. */
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 5 * SECOND_MS;
const GROWTH = 2;
const AFTER_FAILURE_MS = SECOND_MS;
const SHORTEST_RETRY_AFTER_MS = 100;
const LONGEST_RETRY_AFTER_MS = MINUTE_MS;

/** @throws `acme/timeout` with the instant at which the server wanted to be asked again. */
export async function poll<T>(options: Poll<T>, signal?: AbortSignal): Promise<T> {
  const { clock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const endsAt = clock.now().getTime() + timeoutMs;
  let delayMs = FIRST_DELAY_MS;
  let answer = options.from ?? (await look(options, endsAt, signal));
  while (!options.isDone(answer.value)) {
    const now = clock.now().getTime();
    const pauseMs =
      answer.retryAt === undefined
        ? delayMs
        : clamp(answer.retryAt.getTime() - now, SHORTEST_RETRY_AFTER_MS, LONGEST_RETRY_AFTER_MS);
    if (now + pauseMs > endsAt) throw overdue(options.subject, timeoutMs, new Date(now + pauseMs));
    await clock.sleep(pauseMs, signal);
    delayMs = Math.min(delayMs * GROWTH, LONGEST_DELAY_MS);
    answer = await look(options, endsAt, signal);
  }
  return answer.value;
}

async function look<T>(options: Poll<T>, endsAt: number, signal?: AbortSignal): Promise<Polled<T>> {
  const { clock, mostFailures = 0 } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await options.load(signal);
    } catch (thrown) {
      const passes = thrown instanceof AppError && thrown.spec.retry === 'after-delay';
      if (!passes || failures > mostFailures || signal?.aborted === true) throw thrown;
      const now = clock.now().getTime();
      const askedMs = thrown.retryAt === undefined ? 0 : thrown.retryAt.getTime() - now;
      const pauseMs = Math.max(askedMs, AFTER_FAILURE_MS * failures);
      if (now + pauseMs > endsAt) throw thrown;
      await clock.sleep(pauseMs, signal);
    }
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function overdue(subject: string, timeoutMs: number, retryAt: Date): AppError {
  return new AppError(
    'acme/timeout',
    `${subject} did not change within ${timeoutMs / SECOND_MS} s`,
    { retryAt, mend: 'Try again later: the CA goes on with what was started.' },
  );
}
