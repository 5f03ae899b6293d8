/**
 * The TXT record by which a name lets one account of one CA issue from now on: dns-persist-01, as in
 * draft-ietf-acme-dns-persist-00 and -01. The record of draft-02 names the account by a hash, and is
 * not known here.
 *
 * @module
 */
import { displayName, type Name, baseName, isWildcard } from '../core/names.ts';
import { parseIssueValue } from './issue-value.ts';
import type { ServerTxt } from './txt-at-servers.ts';

/** What a record has to say for a CA to accept it. */
export interface PersistQuestion {
  /** As in the certificate, with its `*.`. */
  readonly name: Name;
  /** The domains by which the CA calls itself, at least one. */
  readonly issuerDomainNames: readonly string[];
  /** Compared octet by octet. */
  readonly accountUrl: string;
}

export type PersistJudgement =
  | { readonly state: 'accepted'; readonly until?: Date }
  /** `why` goes on a sentence that begins with the record's name. */
  | { readonly state: 'lacking'; readonly why: string };

export function persistRecordName(name: Name): string {
  return `_validation-persist.${baseName(name)}`;
}

/** The value to set; until the last second of `until` it is good. */
export function persistRecordValue(
  { name, issuerDomainNames: [issuer = ''], accountUrl }: PersistQuestion,
  until?: Date,
): string {
  // No semicolon at the end: CAs take that for a malformed record.
  return [
    issuer,
    `accounturi=${accountUrl}`,
    ...(isWildcard(name) ? ['policy=wildcard'] : []),
    ...(until === undefined ? [] : [`persistUntil=${Math.floor(until.getTime() / 1_000)}`]),
  ].join('; ');
}

/** One acceptable record is enough; others may be there for other CAs and accounts. */
export function judgePersistRecords(
  texts: readonly string[],
  question: PersistQuestion,
  now: Date,
): PersistJudgement {
  if (texts.length === 0) return { state: 'lacking', why: 'has no TXT record' };
  const judgements = texts.map((text) => judge(text, question, now));
  const accepted = judgements.filter(({ state }) => state === 'accepted');
  const unlimited = accepted.find((each) => !('until' in each));
  const best = unlimited ?? accepted.toSorted(byUntil).at(-1);
  // What comes nearest to the right record says most.
  const nearest = judgements.toSorted((left, right) => right.closeness - left.closeness)[0];
  const { closeness: _, ...judgement } = best ?? nearest ?? judgements[0] ?? NOTHING;
  return judgement;
}

/** What all servers together let the CA see. */
export interface PersistLook {
  /** How many servers have what the CA wants to see. */
  readonly accepting: number;
  /** When the record ends that ends first. */
  readonly until?: Date;
  /** One sentence for each server without it. */
  readonly lacking: readonly string[];
  /** One for each that did not answer. */
  readonly silent: readonly string[];
}

export function judgePersistServers(
  found: readonly ServerTxt[],
  question: PersistQuestion,
  now: Date,
): PersistLook {
  const record = persistRecordName(question.name);
  const ends: Date[] = [];
  const lacking: string[] = [];
  const silent: string[] = [];
  let accepting = 0;
  for (const each of found) {
    if (!each.known) {
      silent.push(`${each.server} does not answer for ${record} (${each.reason})`);
      continue;
    }
    const judgement = judgePersistRecords(each.texts, question, now);
    if (judgement.state === 'lacking') {
      lacking.push(`${record} ${judgement.why}, says ${each.server}`);
      continue;
    }
    accepting += 1;
    if (judgement.until !== undefined) ends.push(judgement.until);
  }
  const [until] = ends.toSorted((left, right) => left.getTime() - right.getTime());
  return { accepting, lacking, silent, ...(until === undefined ? {} : { until }) };
}

/** As people set it: the name, the type, the value. */
export function persistRecordText(question: PersistQuestion, until?: Date): string {
  const { name } = question;
  return `${persistRecordName(name)} TXT "${persistRecordValue(question, until)}"`;
}

type Judged = PersistJudgement & { readonly closeness: number };

const NOTHING: Judged = { state: 'lacking', why: 'has no TXT record', closeness: 0 };

function judge(text: string, question: PersistQuestion, now: Date): Judged {
  const { name, issuerDomainNames, accountUrl } = question;
  const value = parseIssueValue(text);
  if (value === undefined || /;[ \t]*$/.test(text)) {
    return lacks(1, `has a record that CAs cannot read: "${shown(text)}"`);
  }
  if (!issuerDomainNames.some((issuer) => isSameDomain(issuer, value.domain))) {
    return lacks(0, `names the CA ${shown(value.domain)}, not ${issuerDomainNames.join(' or ')}`);
  }
  const account = value.parameters.get('accounturi');
  if (account !== accountUrl) {
    const other = account === undefined ? 'no account' : `the account ${shown(account)}`;
    return lacks(2, `names ${other}, not ${accountUrl}`);
  }
  const until = value.parameters.get('persistuntil');
  if (until !== undefined && !/^\d{1,12}$/.test(until)) {
    return lacks(3, `has a persistUntil that is no time: ${shown(until)}`);
  }
  const end = until === undefined ? undefined : new Date(Number(until) * 1_000);
  if (end !== undefined && end < now) return lacks(4, `was good until ${end.toISOString()} only`);
  if (isWildcard(name) && value.parameters.get('policy')?.toLowerCase() !== 'wildcard') {
    return lacks(5, `does not allow ${displayName(name)}: it lacks policy=wildcard`);
  }
  return { state: 'accepted', closeness: 6, ...(end === undefined ? {} : { until: end }) };
}

function lacks(closeness: number, why: string): Judged {
  return { state: 'lacking', why, closeness };
}

function byUntil(left: Judged, right: Judged): number {
  const time = (judged: Judged): number =>
    judged.state === 'accepted' ? (judged.until?.getTime() ?? 0) : 0;
  return time(left) - time(right);
}

function isSameDomain(left: string, right: string): boolean {
  return withoutDot(left) === withoutDot(right);
}

function withoutDot(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, '');
}

/** What strangers wrote is shown without control characters, and not at any length. */
function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
