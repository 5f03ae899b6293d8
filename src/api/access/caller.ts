/**
 * Who asks.
 *
 * @module
 */
import type { AuditActor } from '../../store/access.ts';
import type { SessionHolder } from '../../store/sessions.ts';
import type { Grant } from './permissions.ts';

export interface Caller {
  readonly actor: AuditActor;
  readonly grant: Grant;
  /** When it has to prove anew who it is. */
  readonly expiresAt?: Date | undefined;
  /** Absent: it proves with each request who it is. */
  readonly session?: CallerSession;
}

export interface CallerSession {
  readonly id: string;
  /** What it signed in with. */
  readonly kind: SessionHolder['kind'];
  readonly openedAt: Date;
  /** Without another request it ends then. */
  readonly idleUntil: Date;
}

/** Nobody: the caller of what everybody may ask. */
export const ANONYMOUS: Caller = {
  actor: { kind: 'token', name: 'anonymous' },
  grant: { role: 'viewer', patterns: [] },
};

/** Tells callers apart, e.g. for their rate and their repeated requests. */
export function callerKey({ actor: { kind, id, name } }: Caller): string {
  return `${kind}:${id ?? name}`;
}

/** Whoever can open the socket may do everything: its file is the daemon's own user's. */
export function socketCaller(requestId: string): Caller {
  return { actor: { kind: 'socket', name: 'socket', requestId }, grant: { role: 'admin' } };
}
