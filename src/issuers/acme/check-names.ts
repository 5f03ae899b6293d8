/**
 * What no ACME order can do, refused before the CA is asked.
 *
 * @module
 */
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { type Name, displayName, isAddress, isWildcard } from '../../core/names.ts';
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
    const types = challenges.filter((type) => canProve(type, name));
    if (types.length === 0) {
      throw isWildcard(name) ? wildcardNeedsDns(name, challenges) : addressNeedsConnection(name);
    }
    // Without its credential a DNS challenge fails: better before an order than after it.
    if (types.every((type) => type === 'dns-01')) void solvers.solverFor('dns-01', request);
  }
}

/** RFC 8555 §8.4: wildcards by DNS alone; RFC 8738 §7: addresses by anything but DNS. */
export function canProve(type: ChallengeType, name: Name): boolean {
  const isDns = type === 'dns-01';
  return isWildcard(name) ? isDns : !(isDns && isAddress(name));
}

function wildcardNeedsDns(name: Name, challenges: readonly ChallengeType[]): AppError {
  return new AppError(
    'name/wildcard-needs-dns',
    `control of ${displayName(name)} cannot be proven by ${challenges.join(' or ')}`,
    { mend: 'Use --challenge dns-01 with a DNS credential: --dns NAME.' },
  );
}

function addressNeedsConnection(name: Name): AppError {
  return new AppError(
    'name/address-needs-connection',
    `control of the IP address ${name} cannot be proven by dns-01`,
    { mend: 'Use --challenge http-01 or --challenge tls-alpn-01.' },
  );
}
