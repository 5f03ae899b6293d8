/**
 * Chooses how each authorization is proven.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
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
  readonly account: Pick<AccountHandle, 'url' | 'keyAuthorization'>;
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
  { types, failed, account }: ChallengeChoice,
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
    if (offered === undefined) return [];
    const answer = answerTo(offered, type, authorization, account);
    if (answer === undefined) return [];
    const { url, status } = offered;
    return [{ authorization, url, isUnderWay: status === 'processing', answer }];
  });
}

type OfferedChallenge = Authorization['challenges'][number];

/** `undefined` when the CA left out what the answer is made of. */
function answerTo(
  offered: OfferedChallenge,
  type: ChallengeType,
  authorization: Authorization,
  account: ChallengeChoice['account'],
): Challenge | undefined {
  const name = parseName(authorization.identifier.value);
  if (type === 'dns-persist-01') {
    const issuerDomainNames = offered['issuer-domain-names'];
    if (issuerDomainNames === undefined) return undefined;
    const accountUrl = offered.accounturi ?? account.url;
    const standing = { name: nameOf(authorization), issuerDomainNames };
    return { type, name, token: '', keyAuthorization: '', accountUrl, standing };
  }
  const { token } = offered;
  if (token === undefined) return undefined;
  const answer = { type, name, token, keyAuthorization: account.keyAuthorization(token) };
  return type === 'dns-account-01' ? { ...answer, accountUrl: account.url } : answer;
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
