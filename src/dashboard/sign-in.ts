/**
 * Signing in and out: the session is in a cookie that no script can read.
 *
 * @module
 */
import { signal } from '@preact/signals';
import type { SessionAnswer } from './answers.ts';
import { get, send } from './client.ts';
import { forgetInventory } from './inventory-list.ts';
import { endedBy, session } from './session.ts';

const PATH = '/v1/session';

/** How somebody can sign in, as the API said last. */
export const ways = signal<SessionAnswer['ways']>([]);

/** Finds out who is signed in. @throws {ProblemError} when the API cannot say. */
export async function resume(): Promise<void> {
  try {
    const answer = await get<SessionAnswer>(PATH);
    ways.value = answer.ways;
    session.value = answer.caller ?? 'none';
  } catch (thrown) {
    session.value = 'none';
    throw thrown;
  }
}

/** @throws {ProblemError} when the token does not count. */
export async function signIn(token: string): Promise<void> {
  await send('POST', PATH, { token });
  endedBy.value = undefined;
  await resume();
}

/** @throws {ProblemError} */
export async function signOut(): Promise<void> {
  await send('DELETE', PATH);
  endedBy.value = undefined;
  session.value = 'none';
  forgetInventory();
}
