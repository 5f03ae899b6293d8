/**
 * Proves control over every name of an order.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import { type Authorization, authorizationFailure } from '../../acme/authorization.ts';
import type { Order } from '../../acme/order.ts';
import type { Challenge, Solver, SolverSource } from '../../challenges/solver.ts';
import { isStanding } from '../../challenges/methods.ts';
import { type ChallengeType, EXPERIMENTAL_CHALLENGES } from '../../core/certificate-spec.ts';
import { SECOND_MS } from '../../core/clock.ts';
import { mapConcurrently } from '../../core/concurrency.ts';
import { type AppError, isAbort, toAppError } from '../../core/errors.ts';
import { type Name, displayName } from '../../core/names.ts';
import { traced } from '../../observe/tracing/traced.ts';
import type { ObtainRequest } from '../issuer.ts';
import {
  type ChosenChallenge,
  alternativesFor,
  chooseChallenges,
  nameOf,
} from './choose-challenges.ts';
import { delayedAbort } from './delayed-abort.ts';
import { validateAuthorization } from './validate-authorization.ts';

export interface SolveRequest extends ObtainRequest {
  readonly solvers: SolverSource;
  /** Types whose answers could not be put in place in this attempt, with the reason. */
  readonly unusable: Map<ChallengeType, AppError>;
  /** What the CA offered for each name, as far as it was seen: a failed authorization forgets it. */
  readonly offered: Map<Name, readonly string[]>;
  /** Experimental types that were warned of. */
  readonly warnedOf: Set<ChallengeType>;
}

/** The CA answers these one by one; more at once only meets its rate limits sooner. */
export const AT_ONCE = 8;
/** As many as an order has names, at most. */
const MOST_ANSWERS = 100;
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
  const authorizations = await traced('authorizations.fetch', () =>
    mapConcurrently(order.authorizations, AT_ONCE, (url) =>
      account.fetchAuthorization(url, signal),
    ),
  );
  const pending = authorizations.filter(({ status }) => status !== 'valid');
  for (const authorization of pending) {
    if (authorization.status !== 'pending') throw authorizationFailure(authorization);
    const types = authorization.challenges.map(({ type }) => type);
    request.offered.set(nameOf(authorization), types);
  }
  while (!(await tryToProve(account, pending, request, signal))) {
    // The CA has not been asked yet: the same order can be proven in another way.
  }
}

/** False when a solver failed before the CA was asked, and every name has another way left. */
async function tryToProve(
  account: AccountHandle,
  pending: readonly Authorization[],
  request: SolveRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const { journal, unusable, report } = request;
  const choice = {
    types: request.challenges.filter((type) => !unusable.has(type)),
    failed: journal.entry.failedChallenges ?? [],
    account,
  };
  const chosen = chooseChallenges(pending, choice);
  const answers = chosen.map(({ answer }) => answer);
  warnOfExperiments(answers, request);

  const solvers = new Map<ChallengeType, Solver>();
  try {
    for (const type of new Set(answers.map((answer) => answer.type))) {
      const own = answers.filter((answer) => answer.type === type);
      try {
        await traced('challenge', () => putInPlace(type, own, solvers, request, signal), {
          'certctl.challenge': type,
        });
      } catch (thrown) {
        if (isAbort(thrown, signal)) throw thrown;
        const error = toAppError(thrown);
        unusable.set(type, error);
        const others = { ...choice, types: choice.types.filter((other) => other !== type) };
        const isStuck = pending.some((each) => alternativesFor(each, others).length === 0);
        if (isStuck) throw unusable.values().next().value ?? error;
        report({ step: 'warning', message: `${error.message}; not by ${type} then` });
        return false;
      }
    }
    await letValidate(account, chosen, request, signal);
    return true;
  } finally {
    await traced('challenge.clean-up', () => cleanUpAnswers(request, solvers));
  }
}

async function putInPlace(
  type: ChallengeType,
  answers: readonly Challenge[],
  solvers: Map<ChallengeType, Solver>,
  request: SolveRequest,
  signal: AbortSignal,
): Promise<void> {
  const { report } = request;
  const solver = request.solvers.solverFor(type, request);
  solvers.set(type, solver);
  const located = await mapConcurrently(
    answers,
    AT_ONCE,
    async (answer) => (await solver.locate?.(answer, signal)) ?? answer,
  );
  await journalAnswers(type, located, request);
  // At the same time, so that a solver can make one change of many.
  await mapConcurrently(located, MOST_ANSWERS, async (answer) => {
    await traced('challenge.present', () => solver.present(answer, signal), {
      'certctl.name': answer.name,
    });
    // Whether it is there turns out when it is looked for.
    if (isStanding(type)) return;
    const name = displayName(answer.name);
    report({ step: 'challenge-presented', message: `${type} answer for ${name} is in place` });
  });
  await traced('challenge.propagation', () => solver.awaitVisible(located, report, signal));
}

async function journalAnswers(
  type: ChallengeType,
  answers: readonly Challenge[],
  { journal }: SolveRequest,
): Promise<void> {
  const { answers: leftovers } = journal.entry;
  const toTakeAway = isStanding(type) ? [] : answers;
  await journal.save({
    answers: [...leftovers, ...toTakeAway.filter((answer) => !leftovers.some(isSameAs(answer)))],
    challenge: type,
  });
}

async function letValidate(
  account: AccountHandle,
  chosen: readonly ChosenChallenge[],
  { report }: SolveRequest,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  // An answer that vanishes while the CA looks for it counts as a failed validation.
  using grace = delayedAbort(signal, VALIDATION_GRACE_MS, () =>
    report({ step: 'waiting', message: 'waiting for the CA to end its validation' }),
  );
  await mapConcurrently(chosen, AT_ONCE, async (each) => {
    const judged = await traced(
      'challenge.validation',
      () => validateAuthorization(account, each, grace.signal),
      { 'certctl.name': each.answer.name, 'certctl.challenge': each.answer.type },
    );
    if (judged.status !== 'valid') throw authorizationFailure(judged);
    report({
      step: 'challenge-valid',
      message: `the CA confirmed ${nameOf(each.authorization)} by ${each.answer.type}`,
    });
  });
  signal.throwIfAborted();
}

function warnOfExperiments(
  answers: readonly Challenge[],
  { warnedOf, report }: SolveRequest,
): void {
  for (const { type } of answers) {
    const draft = EXPERIMENTAL_CHALLENGES[type];
    if (draft === undefined || warnedOf.has(type)) continue;
    warnedOf.add(type);
    report({ step: 'warning', message: `${type} is experimental: it follows ${draft}` });
  }
}

type CleanUpRequest = Omit<SolveRequest, 'unusable' | 'offered' | 'warnedOf'>;

/**
 * Takes away every journaled answer, those of an interrupted attempt included. The journal forgets
 * only what is really gone, so that the next attempt tries the rest again.
 */
export async function cleanUpAnswers(
  { journal, solvers: source, report, ...settings }: CleanUpRequest,
  solvers: Map<ChallengeType, Solver>,
): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS);
  const remaining: Challenge[] = [];
  await mapConcurrently(journal.entry.answers, MOST_ANSWERS, async (answer) => {
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
  });
  await Promise.allSettled([...solvers.values()].map((solver) => solver.close()));
  await journal.save({ answers: remaining });
}

function isSameAs(left: Challenge): (right: Challenge) => boolean {
  return (right) =>
    left.type === right.type &&
    left.token === right.token &&
    left.name === right.name &&
    left.place?.name === right.place?.name &&
    left.place?.credential === right.place?.credential;
}
