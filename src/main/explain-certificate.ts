/**
 * Which certificates could be shown for a name, and why one of them is.
 *
 * @module
 */
import type { Explanation } from '../api/operations.ts';
import type { Name } from '../core/names.ts';
import type { Credential } from '../feed/feed.ts';
import { CRITERIA, rankCredentials } from '../terminator/select-credential.ts';

type Candidate = Explanation['candidates'][number];

/** The chosen one first. */
export function viewCandidates(
  credentials: readonly Credential[],
  name: Name,
  signatureSchemes: readonly number[],
  now: number,
): Candidate[] {
  const ranked = rankCredentials(credentials, name, signatureSchemes, now);
  const [best] = ranked;
  return ranked.map(({ credential, worth }, index) => ({
    ...viewCredential(credential),
    match: credential.names.includes(name) ? 'exact' : 'wildcard',
    isValid: credential.notAfter > now,
    reason:
      index === 0
        ? reasonOf(worth, ranked[1]?.worth)
        : `passed over: ${lossOf(best?.worth ?? [], worth)}`,
  }));
}

export function viewCredential(credential: Credential): NonNullable<Explanation['certificate']> {
  const { names, fingerprint256, keyAlgorithm, notAfter } = credential;
  return { names, fingerprint256, keyAlgorithm, notAfter: new Date(notAfter).toISOString() };
}

export function candidateTexts(candidates: readonly Candidate[]): string[] {
  if (candidates.length === 0) return ['certificate: none covers this name yet'];
  return candidates.map(({ names, match, keyAlgorithm, isValid, notAfter, reason }, index) => {
    const what = index === 0 ? 'certificate: ' : '  other: ';
    const state = isValid ? 'valid' : 'EXPIRED';
    return `${what}${names.join(', ')} (${match}, ${keyAlgorithm}, ${state} until ${notAfter}); ${reason}`;
  });
}

function reasonOf(best: readonly number[], next: readonly number[] | undefined): string {
  if (next === undefined) return 'chosen: the only one';
  const criterion = decisive(best, next);
  return criterion === undefined ? 'chosen of equals' : `chosen: it ${criterion.wins}`;
}

function lossOf(best: readonly number[], other: readonly number[]): string {
  return decisive(best, other)?.loses ?? 'equal';
}

function decisive(best: readonly number[], other: readonly number[]) {
  return CRITERIA[best.findIndex((value, index) => value !== other[index])];
}
