/**
 * Whether CAA records let a CA issue (RFC 8659 §4), by this account and method (RFC 8657).
 *
 * @module
 */
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { type Name, baseName, displayName, isWildcard } from '../../core/names.ts';
import type { CaaLookup, CaaRecord } from '../../dns/caa.ts';
import { parseIssueValue } from '../../dns/issue-value.ts';

export interface CaaQuestion {
  readonly name: Name;
  /** The domains that the CA recognizes as its own (`caaIdentities` of its directory). */
  readonly identities: readonly string[];
  /** Absent while there is no account. */
  readonly accountUrl?: string | undefined;
  /** The challenge types that could prove this name, at least one. */
  readonly methods: readonly ChallengeType[];
}

export type CaaJudgement =
  | {
      readonly outcome: 'allowed';
      /** Those of the question that the records allow. */
      readonly methods: readonly ChallengeType[];
      readonly why: string;
    }
  | { readonly outcome: 'refused'; readonly why: string }
  /** Nobody can say from here. */
  | { readonly outcome: 'unknown'; readonly why: string }
  /** No answer from DNS: a CA that gets none either refuses. */
  | { readonly outcome: 'unanswered'; readonly why: string };

const KNOWN_TAGS = new Set(['issue', 'issuewild', 'iodef']);

export function judgeCaa(lookup: CaaLookup, question: CaaQuestion): CaaJudgement {
  if (!lookup.known) {
    const why = `the CAA records of ${lookup.domain} cannot be read (${lookup.reason})`;
    return { outcome: 'unanswered', why };
  }
  const { records } = lookup;
  const place = lookup.domain ?? baseName(question.name);
  const strange = records.find(({ isCritical, tag }) => isCritical && !KNOWN_TAGS.has(tag));
  if (strange !== undefined) {
    const why = `the CAA record "${shown(strange)}" of ${place} is critical, and no CA knows it`;
    return { outcome: 'refused', why };
  }
  const relevant = relevantRecords(records, question.name);
  if (relevant.length === 0) {
    const why = `no CAA record restricts ${displayName(question.name)}`;
    return { outcome: 'allowed', methods: question.methods, why };
  }
  if (question.identities.length === 0) {
    const why = `${place} has CAA records, and the CA does not say which domains are its own`;
    return { outcome: 'unknown', why };
  }
  return judgeRecords(relevant, place, question);
}

/** RFC 8659 §4.3: `issuewild` is for wildcards alone, and takes the place of `issue` for them. */
function relevantRecords(records: readonly CaaRecord[], name: Name): readonly CaaRecord[] {
  const wild = isWildcard(name) ? records.filter(({ tag }) => tag === 'issuewild') : [];
  return wild.length > 0 ? wild : records.filter(({ tag }) => tag === 'issue');
}

function judgeRecords(
  relevant: readonly CaaRecord[],
  place: string,
  { identities, accountUrl, methods }: CaaQuestion,
): CaaJudgement {
  // A malformed value allows nobody.
  const ours = relevant
    .map((record) => ({ record, value: parseIssueValue(record.value) }))
    .filter(({ value }) => value !== undefined && includesDomain(identities, value.domain));
  if (ours.length === 0) {
    const list = relevant.map((record) => `"${shown(record)}"`).join(', ');
    const why = `the CAA records of ${place} allow ${list}, not ${identities.join(' or ')}`;
    return { outcome: 'refused', why };
  }
  const forAccount = ours.filter(({ value }) => {
    const wanted = value?.parameters.get('accounturi');
    return wanted === undefined || wanted === accountUrl;
  });
  if (forAccount.length === 0) {
    const list = ours.map(({ record }) => `"${shown(record)}"`).join(', ');
    if (accountUrl === undefined) {
      const why = `the CAA records of ${place} name an account, and there is none yet: ${list}`;
      return { outcome: 'unknown', why };
    }
    const why = `the CAA records of ${place} allow other accounts than ${accountUrl}: ${list}`;
    return { outcome: 'refused', why };
  }
  const allowed = methods.filter((method) =>
    forAccount.some(({ value }) => allowsMethod(value?.parameters, method)),
  );
  if (allowed.length === 0) {
    const list = forAccount.map(({ record }) => `"${shown(record)}"`).join(', ');
    const why = `the CAA records of ${place} do not allow ${methods.join(' or ')}: ${list}`;
    return { outcome: 'refused', why };
  }
  return { outcome: 'allowed', methods: allowed, why: `the CAA records of ${place} allow it` };
}

function allowsMethod(
  parameters: ReadonlyMap<string, string> | undefined,
  method: ChallengeType,
): boolean {
  const wanted = parameters?.get('validationmethods');
  return wanted === undefined || wanted.split(',').includes(method);
}

function includesDomain(identities: readonly string[], domain: string): boolean {
  return identities.some((identity) => identity.toLowerCase() === domain);
}

/** What strangers wrote is shown without control characters, and not at any length. */
function shown({ tag, value }: CaaRecord): string {
  return `${tag} ${value}`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
