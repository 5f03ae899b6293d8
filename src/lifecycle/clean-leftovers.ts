/**
 * Takes away the challenge answers of orders that ended without: by a crash, by a DNS host that was
 * not there, or by failover to another issuer.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { displayName } from '../core/names.ts';
import type { SolverSource } from '../challenges/solver.ts';
import type { Reporter } from '../observe/progress.ts';
import type { AnswerRecord, OrderRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { withLease } from './leases.ts';

export interface CleaningContext {
  readonly store: Store;
  readonly solvers: SolverSource;
  readonly clock: Clock;
}

/** What is more waits for the next start. */
const MOST_ORDERS = 1_000;

/**
 * What cannot be taken away is reported, and tried again at the next start. Unfinished orders are
 * left alone: whoever goes on with them cleans up.
 */
export async function cleanLeftovers(
  context: CleaningContext,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, certificateId } of await context.store.orders.withLeftovers(MOST_ORDERS)) {
    const options = {
      leases: context.store.leases,
      clock: context.clock,
      name: `certificate/${certificateId}`,
      subject: 'cleaning up after this certificate',
      patience: 'none',
    } as const;
    try {
      await withLease(options, signal, (held) => cleanUpAfter(context, id, report, held));
    } catch (thrown) {
      // An order is under way: it may have the same answers.
      if (!(thrown instanceof AppError && thrown.code === 'lease/held')) throw thrown;
    }
  }
}

async function cleanUpAfter(
  { store, solvers, clock }: CleaningContext,
  id: string,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  // Another process may have been faster.
  const order = await store.orders.find(id);
  if (order?.outcome === undefined) return;
  const needed = new Set((await store.orders.unfinished()).flatMap(keysOf));
  const remaining: AnswerRecord[] = [];
  for (const answer of order.answers) {
    // A CA gives the same token for a name until it is proven.
    if (needed.has(keyOf(answer))) {
      remaining.push(answer);
      continue;
    }
    const name = displayName(answer.name);
    try {
      const solver = solvers.solverFor(answer.type, order.spec);
      try {
        await solver.cleanUp(answer, signal);
      } finally {
        await solver.close();
      }
      report({ step: 'waiting', message: `removed an old ${answer.type} answer for ${name}` });
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      remaining.push(answer);
      const { message } = toAppError(thrown);
      const what = `could not remove an old ${answer.type} answer for ${name}`;
      report({ step: 'warning', message: `${what}: ${message}` });
    }
  }
  await store.orders.update({ ...order, answers: remaining, updatedAt: clock.now() });
}

function keysOf({ answers }: OrderRecord): string[] {
  return answers.map(keyOf);
}

function keyOf({ type, name, token }: AnswerRecord): string {
  return `${type} ${name} ${token}`;
}
