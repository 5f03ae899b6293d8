/**
 * Who asks.
 *
 * @module
 */
import type { AuditActor } from '../../store/access.ts';
import type { Grant } from './permissions.ts';

export interface Caller {
  readonly actor: AuditActor;
  readonly grant: Grant;
  /** When it has to prove anew who it is. */
  readonly expiresAt?: Date | undefined;
}

/** Tells callers apart, e.g. for their rate and their repeated requests. */
export function callerKey({ actor: { kind, id, name } }: Caller): string {
  return `${kind}:${id ?? name}`;
}

/** Whoever can open the socket may do everything: its file is the daemon's own user's. */
export function socketCaller(requestId: string): Caller {
  return { actor: { kind: 'socket', name: 'socket', requestId }, grant: { role: 'admin' } };
}
