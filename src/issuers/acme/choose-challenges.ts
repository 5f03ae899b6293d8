/**
 * Chooses how each authorization is proven.
 *
 * @module
 */
import type { Authorization } from '../../acme/authorization.ts';
import type { Challenge } from '../../challenges/solver.ts';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';

export interface ChosenChallenge {
  readonly authorization: Authorization;
  readonly url: string;
  /** The CA was told in an earlier attempt that the answer is there. */
  readonly isUnderWay: boolean;
  readonly answer: Challenge;
}

/**
 * The first of `types` that the CA offers for each authorization. RFC 8555 §7.1.4: what is offered
 * is what can prove this identifier, so wildcards come with DNS challenges only.
 * @throws `acme/challenge-unavailable`.
 */
export function chooseChallenges(
  authorizations: readonly Authorization[],
  types: readonly ChallengeType[],
  keyAuthorization: (token: string) => string,
): ChosenChallenge[] {
  return authorizations.map((authorization) => choose(authorization, types, keyAuthorization));
}

function choose(
  authorization: Authorization,
  types: readonly ChallengeType[],
  keyAuthorization: (token: string) => string,
): ChosenChallenge {
  const { challenges, identifier, wildcard } = authorization;
  for (const type of types) {
    const offered = challenges.find((challenge) => challenge.type === type);
    if (offered?.token === undefined) continue;
    const { token, url, status } = offered;
    const name = parseName(identifier.value);
    return {
      authorization,
      url,
      isUnderWay: status === 'processing',
      answer: { type, name, token, keyAuthorization: keyAuthorization(token) },
    };
  }
  const offers = challenges.map(({ type }) => type).join(', ');
  throw new AppError(
    'acme/challenge-unavailable',
    `the CA offers ${offers || 'nothing'} for ${wildcard ? '*.' : ''}${identifier.value}, not ${types.join(' or ')}`,
    { mend: 'Choose one of these with --challenge, or `challenge:` in the configuration.' },
  );
}
