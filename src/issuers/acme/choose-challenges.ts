/**
 * Chooses how each authorization is proven.
 *
 * @module
 */
import type { Authorization } from '../../acme/authorization.ts';
import type { Challenge } from '../../challenges/solver.ts';
import type { ChallengeType, FailedChallenge } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { type Name, parseName } from '../../core/names.ts';

export interface ChosenChallenge {
  readonly authorization: Authorization;
  readonly url: string;
  /** The CA was told in an earlier attempt that the answer is there. */
  readonly isUnderWay: boolean;
  readonly answer: Challenge;
}

export interface ChallengeChoice {
  /** In the order of preference. */
  readonly types: readonly ChallengeType[];
  /** What the CA has judged in earlier orders. */
  readonly failed: readonly FailedChallenge[];
  readonly keyAuthorization: (token: string) => string;
}

/**
 * The first type that the CA offers for each authorization and that has not failed for it. RFC 8555
 * §7.1.4: what is offered is what can prove this identifier, so wildcards come with DNS challenges
 * only.
 * @throws `acme/challenge-unavailable`.
 */
export function chooseChallenges(
  authorizations: readonly Authorization[],
  choice: ChallengeChoice,
): ChosenChallenge[] {
  return authorizations.map((authorization) => {
    const [chosen] = alternativesFor(authorization, choice);
    if (chosen !== undefined) return chosen;
    throw unavailable(authorization, choice.types);
  });
}

/** All that could prove this authorization, the best first. */
export function alternativesFor(
  authorization: Authorization,
  { types, failed, keyAuthorization }: ChallengeChoice,
): ChosenChallenge[] {
  const full = nameOf(authorization);
  const hasFailed = (type: ChallengeType): boolean =>
    failed.some((failure) => failure.type === type && failure.name === full);
  // What failed for a neighbour likely fails here too, and would cost one more order.
  const isDoubtful = (type: ChallengeType): boolean =>
    failed.some((failure) => failure.type === type);
  const ranked = types
    .filter((type) => !hasFailed(type))
    .toSorted((left, right) => Number(isDoubtful(left)) - Number(isDoubtful(right)));
  return ranked.flatMap((type) => {
    const offered = authorization.challenges.find((challenge) => challenge.type === type);
    if (offered?.token === undefined) return [];
    const { token, url, status } = offered;
    const name = parseName(authorization.identifier.value);
    const answer = { type, name, token, keyAuthorization: keyAuthorization(token) };
    return [{ authorization, url, isUnderWay: status === 'processing', answer }];
  });
}

/** As the certificate has it. */
export function nameOf({ identifier, wildcard }: Authorization): Name {
  return parseName(`${wildcard ? '*.' : ''}${identifier.value}`);
}

function unavailable(authorization: Authorization, types: readonly ChallengeType[]): AppError {
  const offers = authorization.challenges.map(({ type }) => type).join(', ');
  return new AppError(
    'acme/challenge-unavailable',
    `the CA offers ${offers || 'nothing'} for ${nameOf(authorization)}, not ${types.join(' or ')}`,
    { mend: 'Choose one of these with --challenge, or `challenge:` in the configuration.' },
  );
}
