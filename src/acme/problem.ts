/**
 * The CA's problem documents (RFC 8555 §6.7), kept whole inside our errors.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';

export interface Problem {
  /** The last part of an ACME URN such as `rateLimited`, or the whole URI of any other type. */
  readonly type: string;
  readonly detail: string;
  readonly status?: number | undefined;
  readonly instance?: string | undefined;
  /** The name that a subproblem is about. */
  readonly identifier?: string | undefined;
  readonly subproblems: readonly Problem[];
}

const ACME_URN = 'urn:ietf:params:acme:error:';
const MOST_SUBPROBLEMS = 100;
const LONGEST_DETAIL = 2_000;
const SHOWN_SUBPROBLEMS = 5;

/** CAs repeat the whole key authorization where a challenge failed; it is not for logs. */
const KEY_AUTHORIZATION = /(?<![\w.-])[\w-]{20,}\.[\w-]{43}(?![\w-])(?!\.[\w-])/g;

const text = z.string().transform(printable);

const flatProblem = z.object({
  type: text.catch('about:blank').transform(shortType),
  detail: text.catch(''),
  title: text.catch(''),
  status: z.number().int().optional().catch(undefined),
  instance: text.optional().catch(undefined),
  identifier: z.object({ value: text }).optional().catch(undefined),
});

/** Tolerant of everything but a value that is no object: a bad problem document is still news. */
export const problemSchema = z
  .looseObject({ subproblems: z.array(z.unknown()).catch([]) })
  .transform((document): Problem => ({
    ...flatten(document),
    subproblems: document.subproblems
      .slice(0, MOST_SUBPROBLEMS)
      .flatMap((each) => (isObject(each) ? [{ ...flatten(each), subproblems: [] }] : [])),
  }));

/** The CA's problem document behind `error`, if it was one that failed. */
export function problemOf(error: unknown): Problem | undefined {
  const problem = error instanceof AppError ? error.context['problem'] : undefined;
  return isDocument(problem) ? problem : undefined;
}

/** True when the CA gave exactly this reason, such as `alreadyReplaced` or `orderNotReady`. */
export function isProblem(error: unknown, type: string): boolean {
  return problemOf(error)?.type === type;
}

/** For people: the detail with its type, and then each subproblem with its name. */
export function describeProblem(problem: Problem): string {
  const shown = problem.subproblems.slice(0, SHOWN_SUBPROBLEMS).map(describeOne);
  const hidden = problem.subproblems.length - shown.length;
  if (hidden > 0) shown.push(`and ${hidden} more`);
  return [describeOne(problem), ...shown].join('; ');
}

function describeOne(problem: Problem): string {
  const subject = problem.identifier === undefined ? '' : `${problem.identifier}: `;
  const detail = problem.detail.replace(/[.;\s]+$/, '');
  return detail === '' ? `${subject}${problem.type}` : `${subject}${detail} (${problem.type})`;
}

function flatten(document: object): Omit<Problem, 'subproblems'> {
  const { title, detail, identifier, ...rest } = flatProblem.parse(document);
  return { ...rest, detail: detail === '' ? title : detail, identifier: identifier?.value };
}

function isDocument(value: unknown): value is Problem {
  return isObject(value) && 'type' in value && 'detail' in value && 'subproblems' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function shortType(type: string): string {
  return type.startsWith(ACME_URN) ? type.slice(ACME_URN.length) : type;
}

/** What the CA writes goes to terminals and logs, so it may not steer either. */
function printable(value: string): string {
  const line = value.slice(0, LONGEST_DETAIL).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
  return line.trim().replace(KEY_AUTHORIZATION, '[key authorization]');
}
