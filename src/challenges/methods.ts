/**
 * Which challenge types can prove a name.
 *
 * @module
 */
import type { ChallengeType } from '../core/certificate-spec.ts';
import { type Name, isAddress, isWildcard } from '../core/names.ts';

/** RFC 8555 §8.4: wildcards by DNS alone; RFC 8738 §7: addresses by anything but DNS. */
export function methodsFor(name: Name, types: readonly ChallengeType[]): ChallengeType[] {
  if (isWildcard(name)) return types.filter(isByDns);
  return types.filter((type) => !(isByDns(type) && isAddress(name)));
}

export function isByDns(type: ChallengeType): boolean {
  return type.startsWith('dns-');
}

/** Whether an answer is a record that is written for it. */
export function needsCredential(type: ChallengeType): boolean {
  return isByDns(type) && !isStanding(type);
}

/** Whether the proof is there before the challenge, and stays: nothing to put in place. */
export function isStanding(type: ChallengeType): boolean {
  return type === 'dns-persist-01';
}
