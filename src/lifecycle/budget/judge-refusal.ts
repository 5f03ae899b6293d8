/**
 * What a CA's refusal means for others: who is to wait, and for how long.
 *
 * @module
 */
import { problemOf } from '../../acme/problem.ts';
import type { AppError } from '../../core/errors.ts';
import { type Name, baseName } from '../../core/names.ts';
import type { PauseRecord } from '../../store/records.ts';
import { accountScope, directoryScope, domainScopes, nameScopes, nameSetScope } from './scopes.ts';

export interface RefusedOrder {
  readonly directoryUrl: string;
  readonly names: readonly Name[];
}

/** Let's Encrypt's words where a person has to lift the pause. */
const PAUSED = /temporarily prevented/i;
const URL_IN_TEXT = /https:\/\/\S+/;
const RETRY_AFTER = /retry after (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/;

/** Which limit the words are about; what matches none is about the whole CA. */
const WORDS: readonly [RegExp, (order: RefusedOrder, detail: string) => string[]][] = [
  [/exact set/i, ({ directoryUrl, names }) => [nameSetScope(directoryUrl, names)]],
  [
    /failed authorizations/i,
    ({ directoryUrl, names }, detail) => nameScopes('name', directoryUrl, mentioned(names, detail)),
  ],
  [
    /already issued for|registered domain/i,
    ({ directoryUrl, names }, detail) => domainsIn(directoryUrl, names, detail),
  ],
  [/new orders|from this account/i, ({ directoryUrl }) => [accountScope(directoryUrl)]],
];

/** The pauses that follow from `error`; none from one that says nothing about waiting. */
export function judgeRefusal(error: AppError, order: RefusedOrder): PauseRecord[] {
  const { status } = error.context;
  const problem = problemOf(error);
  if (status !== 429 && status !== 503 && problem?.type !== 'rateLimited') return [];
  const detail = problem?.detail ?? '';
  const reason = error.message;
  const url = PAUSED.test(detail) ? findUrl(detail) : undefined;
  if (url !== undefined) {
    const names = order.names.filter((name) => isMentioned(name, detail));
    const scopes =
      names.length === 0
        ? [accountScope(order.directoryUrl)]
        : nameScopes('name', order.directoryUrl, names);
    return scopes.map((scope) => ({ scope, reason, url }));
  }
  const until = error.retryAt ?? instantIn(detail);
  if (until === undefined) return [];
  const about = status === 503 ? undefined : WORDS.find(([words]) => words.test(detail));
  const scopes = about?.[1](order, detail) ?? [directoryScope(order.directoryUrl)];
  return scopes.map((scope) => ({ scope, until, reason }));
}

function domainsIn(directoryUrl: string, names: readonly Name[], detail: string): string[] {
  const all = domainScopes(directoryUrl, names);
  const named = all.filter((scope) => isWordOf(scope.slice(scope.lastIndexOf(' ') + 1), detail));
  return named.length === 0 ? all : named;
}

function mentioned(names: readonly Name[], detail: string): readonly Name[] {
  const named = names.filter((name) => isMentioned(name, detail));
  return named.length === 0 ? names : named;
}

function isMentioned(name: Name, detail: string): boolean {
  return isWordOf(baseName(name), detail);
}

/** Not as a part of another name; a sentence may end with it. */
function isWordOf(word: string, text: string): boolean {
  const words = text.toLowerCase().split(/[^a-z0-9.:*-]+/);
  return words.some((each) => [word, `*.${word}`].includes(each.replace(/[.:]+$/, '')));
}

function findUrl(detail: string): string | undefined {
  const text = URL_IN_TEXT.exec(detail)?.[0].replace(/[)\].,;'">]+$/, '');
  return text === undefined ? undefined : URL.parse(text)?.href;
}

function instantIn(detail: string): Date | undefined {
  const [, day, time] = RETRY_AFTER.exec(detail) ?? [];
  const instant = new Date(`${day}T${time}Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
