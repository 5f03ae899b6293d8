/**
 * What no ACME order can do, refused before the CA is asked.
 *
 * @module
 */
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { type Name, displayName, isWildcard } from '../../core/names.ts';
import { methodsFor, needsCredential } from '../../challenges/methods.ts';
import type { SolverSource } from '../../challenges/solver.ts';
import type { IssuerRequest } from '../issuer.ts';

/**
 * @throws `name/wildcard-needs-dns`, `name/address-needs-connection`, `acme/challenge-unavailable`,
 *   and `dns/unknown-credential` when DNS is the only way.
 */
export function checkNames(request: IssuerRequest, solvers: SolverSource): void {
  const { names, challenges } = request;
  if (challenges.length === 0) {
    throw new AppError('acme/challenge-unavailable', 'no challenge type is configured', {
      mend: 'Name one, e.g. --challenge http-01.',
    });
  }
  for (const name of names) {
    const types = methodsFor(name, challenges);
    if (types.length === 0) {
      throw (isWildcard(name) ? wildcardNeedsDns : addressNeedsConnection)(name, challenges);
    }
    // Without its credential a DNS challenge fails: better before an order than after it.
    const [first] = types;
    if (first !== undefined && types.every(needsCredential)) void solvers.solverFor(first, request);
  }
}

function wildcardNeedsDns(name: Name, challenges: readonly ChallengeType[]): AppError {
  return new AppError(
    'name/wildcard-needs-dns',
    `control of ${displayName(name)} cannot be proven by ${challenges.join(' or ')}`,
    { mend: 'Use --challenge dns-01 with a DNS credential: --dns NAME.' },
  );
}

function addressNeedsConnection(name: Name, challenges: readonly ChallengeType[]): AppError {
  return new AppError(
    'name/address-needs-connection',
    `control of the IP address ${name} cannot be proven by ${challenges.join(' or ')}`,
    { mend: 'Use --challenge http-01 or --challenge tls-alpn-01.' },
  );
}
