/**
 * Signing in with a token, and finding out whether somebody is.
 *
 * @module
 */
import type { Caller } from './answers.ts';
import { ProblemError, send } from './client.ts';
import { session, signedIn } from './session.ts';

/** @throws {ProblemError} when the token does not count. */
export async function signIn(token: string): Promise<void> {
  signedIn(token, await askWhoIsThere({ authorization: `Bearer ${token}` }));
}

/** @throws {ProblemError} when the API cannot say. */
export async function resume(): Promise<void> {
  try {
    signedIn(undefined, await askWhoIsThere({}));
  } catch (thrown) {
    session.value = 'none';
    if (!(thrown instanceof ProblemError) || thrown.problem.status !== 401) throw thrown;
  }
}

async function askWhoIsThere(headers: Readonly<Record<string, string>>): Promise<Caller> {
  const response = await send('GET', '/v1/caller', undefined, undefined, headers);
  return (await response.json()) as Caller;
}
