/**
 * Proves control over every name of an order.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import { type Authorization, authorizationFailure } from '../../acme/authorization.ts';
import type { Order } from '../../acme/order.ts';
import type { Challenge, Solver, SolverSource } from '../../challenges/solver.ts';
import { SECOND_MS } from '../../core/clock.ts';
import { mapConcurrently } from '../../core/concurrency.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import { displayName } from '../../core/names.ts';
import type { ObtainRequest } from '../issuer.ts';
import { type ChosenChallenge, chooseChallenges } from './choose-challenges.ts';
import { delayedAbort } from './delayed-abort.ts';

export interface SolveRequest extends ObtainRequest {
  readonly solvers: SolverSource;
}

/** The CA answers these one by one; more at once only meets its rate limits sooner. */
const AT_ONCE = 8;
const CLEAN_UP_TIMEOUT_MS = 30 * SECOND_MS;
const VALIDATION_GRACE_MS = 15 * SECOND_MS;

/**
 * Resolves when every authorization is valid. The answers are journaled before they are visible,
 * and are taken away again whatever happens.
 * @throws `acme/challenge-failed`, `acme/challenge-unavailable`, and what solvers throw.
 */
export async function solveAuthorizations(
  account: AccountHandle,
  order: Order,
  request: SolveRequest,
  signal: AbortSignal,
): Promise<void> {
  const authorizations = await mapConcurrently(order.authorizations, AT_ONCE, (url) =>
    account.fetchAuthorization(url, signal),
  );
  const pending = authorizations.filter(({ status }) => status !== 'valid');
  for (const authorization of pending) {
    if (authorization.status !== 'pending') throw authorizationFailure(authorization);
  }
  const chosen = chooseChallenges(pending, request.challenges, (token) =>
    account.keyAuthorization(token),
  );
  const leftovers = request.journal.entry.answers;
  const answers = chosen.map(({ answer }) => answer);
  await request.journal.save({
    answers: [...leftovers, ...answers.filter((answer) => !leftovers.some(isSameAs(answer)))],
    ...(answers[0] === undefined ? {} : { challenge: answers[0].type }),
  });

  const solvers = new Map<string, Solver>();
  for (const { answer } of chosen) {
    if (solvers.has(answer.type)) continue;
    solvers.set(answer.type, request.solvers.solverFor(answer.type, request));
  }
  try {
    await prove(account, chosen, solvers, request, signal);
  } finally {
    await cleanUpAnswers(request, solvers);
  }
}

async function prove(
  account: AccountHandle,
  chosen: readonly ChosenChallenge[],
  solvers: ReadonlyMap<string, Solver>,
  { report }: SolveRequest,
  signal: AbortSignal,
): Promise<void> {
  for (const [type, solver] of solvers) {
    const answers = chosen.map(({ answer }) => answer).filter((answer) => answer.type === type);
    for (const answer of answers) {
      await solver.present(answer, signal);
      const name = displayName(answer.name);
      report({ step: 'challenge-presented', message: `${type} answer for ${name} is in place` });
    }
    await solver.awaitVisible(answers, report, signal);
  }
  signal.throwIfAborted();
  // An answer that vanishes while the CA looks for it counts as a failed validation.
  using grace = delayedAbort(signal, VALIDATION_GRACE_MS, () =>
    report({ step: 'waiting', message: 'waiting for the CA to end its validation' }),
  );
  await mapConcurrently(chosen, AT_ONCE, async ({ authorization, url, isUnderWay, answer }) => {
    if (!isUnderWay) await account.respond(url, grace.signal);
    const judged = await account.pollAuthorization(
      authorization.url,
      { from: authorization },
      grace.signal,
    );
    if (judged.status !== 'valid') throw authorizationFailure(judged);
    report({
      step: 'challenge-valid',
      message: `the CA confirmed ${nameOf(authorization)} by ${answer.type}`,
    });
  });
  signal.throwIfAborted();
}

/**
 * Takes away every journaled answer, those of an interrupted attempt included. The journal forgets
 * only what is really gone, so that the next attempt tries the rest again.
 */
export async function cleanUpAnswers(
  { journal, solvers: source, report, ...settings }: SolveRequest,
  solvers: Map<string, Solver>,
): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS);
  const remaining: Challenge[] = [];
  for (const answer of journal.entry.answers) {
    try {
      const solver = solvers.get(answer.type) ?? source.solverFor(answer.type, settings);
      solvers.set(answer.type, solver);
      await solver.cleanUp(answer, signal);
    } catch (thrown) {
      remaining.push(answer);
      const why = isAbort(thrown, signal) ? 'it took too long' : toAppError(thrown).message;
      report({
        step: 'warning',
        message: `could not remove the ${answer.type} answer for ${displayName(answer.name)}: ${why}`,
      });
    }
  }
  await Promise.allSettled([...solvers.values()].map((solver) => solver.close()));
  await journal.save({ answers: remaining });
}

function isSameAs(left: Challenge): (right: Challenge) => boolean {
  return (right) =>
    left.type === right.type && left.token === right.token && left.name === right.name;
}

function nameOf({ identifier, wildcard }: Authorization): string {
  return `${wildcard ? '*.' : ''}${identifier.value}`;
}
