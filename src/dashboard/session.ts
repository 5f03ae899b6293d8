/**
 * Who is signed in here.
 *
 * @module
 */
import { signal } from '@preact/signals';
import type { Caller, Problem } from './answers.ts';

/** `unknown` until the API was asked. */
export const session = signal<Caller | 'unknown' | 'none'>('unknown');
/** Why somebody has to sign in again. */
export const endedBy = signal<Problem | undefined>(undefined);

/** The API no longer knows who asks. */
export function signedOut(problem: Problem): void {
  if (typeof session.value !== 'string') endedBy.value = problem;
  session.value = 'none';
}

const RANK = { viewer: 0, operator: 1, admin: 2 } as const;

/** Whether to offer it: the API judges anew. */
export function may(role: keyof typeof RANK): boolean {
  const { value } = session;
  return typeof value !== 'string' && RANK[value.role] >= RANK[role];
}

/** What is about everything is not for who is bound to names. */
export function isBound(): boolean {
  const { value } = session;
  return typeof value !== 'string' && value.patterns !== undefined;
}
