/**
 * After a failed challenge: whether another challenge type is left to try in a new order.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import type { Authorization } from '../../acme/authorization.ts';
import { methodsFor } from '../../challenges/methods.ts';
import { mapConcurrently } from '../../core/concurrency.ts';
import type { ChallengeType, FailedChallenge } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { type Name, displayName } from '../../core/names.ts';
import { nameOf } from './choose-challenges.ts';
import { AT_ONCE, type SolveRequest } from './solve-authorizations.ts';

/**
 * A failed challenge ends its authorization and the order (RFC 8555 §7.1.6). When every name that
 * failed can be proven in another way, the journal starts over without the ways that failed.
 * @throws `failure` when some name has no other way.
 */
export async function startOverOrThrow(
  account: AccountHandle,
  request: SolveRequest,
  failure: AppError,
  signal: AbortSignal,
): Promise<void> {
  const { journal, challenges, report } = request;
  const { url, failedChallenges: before = [] } = journal.entry;
  if (url === undefined) throw failure;
  const order = await account.fetchOrder(url, signal);
  const authorizations = await mapConcurrently(order.authorizations, AT_ONCE, (each) =>
    account.fetchAuthorization(each, signal),
  );
  const failed = [...before, ...authorizations.flatMap((each) => failuresOf(each, challenges))];
  const isLeft = (type: ChallengeType, name: Name): boolean =>
    !request.unusable.has(type) &&
    !failed.some((each) => each.type === type && each.name === name) &&
    (request.offered.get(name)?.includes(type) ?? methodsFor(name, [type]).length > 0);
  const hasMore = authorizations
    .filter(({ status }) => status === 'invalid')
    .every((each) => challenges.some((type) => isLeft(type, nameOf(each))));
  const anew = failed.slice(before.length);
  if (anew.length === 0 || !hasMore) throw afterAll(failure, before, anew);
  await journal.startOver(failed);
  const shown = anew.map(({ name, type }) => `${displayName(name)} by ${type}`);
  report({
    step: 'warning',
    message: `${failure.message}; trying ${shown.join(', ')} in another way`,
  });
}

function failuresOf(
  authorization: Authorization,
  types: readonly ChallengeType[],
): FailedChallenge[] {
  if (authorization.status !== 'invalid') return [];
  return authorization.challenges.flatMap(({ type: offered, status }) => {
    const type = types.find((known) => known === offered);
    return type === undefined || status !== 'invalid'
      ? []
      : [{ name: nameOf(authorization), type }];
  });
}

/** The last failure, with all names that failed like it, and what was tried before it. */
function afterAll(
  failure: AppError,
  before: readonly FailedChallenge[],
  anew: readonly FailedChallenge[],
): AppError {
  const tried = before.map(({ name, type }) => `${displayName(name)} by ${type}`).join(', ');
  const { code, message, mend, cause } = failure;
  const failedNames = anew.map(({ name }) => name);
  const context = { ...failure.context, ...(anew.length === 0 ? {} : { failedNames }) };
  const history = before.length === 0 ? '' : ` (before it failed ${tried})`;
  return new AppError(code, `${message}${history}`, { mend, context, cause });
}
