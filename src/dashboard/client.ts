/**
 * Requests to the API that served this page.
 *
 * @module
 */
import type { Problem } from './answers.ts';
import { signedOut } from './session.ts';

/** What the API refused, in its own words. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

const UNREACHED: Problem = {
  type: 'about:blank',
  title: 'No answer',
  status: 0,
  detail: 'no answer came from certctl',
  code: 'browser/unreachable',
  mend: 'Check that the daemon runs and that this computer reaches it; then try again.',
  requestId: '',
};

export function pathOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${String(new URLSearchParams(given))}`;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await send('GET', pathOf(path, query), undefined, signal);
  return (await response.json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await send('POST', path, body);
  return (await response.json()) as T;
}

export async function remove(path: string): Promise<void> {
  await send('DELETE', path);
}

/** @throws {ProblemError} for everything but an answer that says yes. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    cache: 'no-cache',
  }).catch(() => {
    signal?.throwIfAborted();
    // Why, a browser does not tell.
    throw new ProblemError(UNREACHED);
  });
  if (response.ok) return response;
  const problem = await problemIn(response);
  if (response.status === 401) signedOut(problem);
  throw new ProblemError(problem);
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    const detail = `the answer was ${response.status} ${response.statusText} without an explanation`;
    return { ...UNREACHED, title: 'Unexpected answer', status: response.status, detail };
  }
}

export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  return {
    ...UNREACHED,
    title: 'The dashboard failed',
    detail: String(thrown),
    code: 'browser/failed',
    mend: 'Load the page again. If it happens again, report it with what you did.',
  };
}
