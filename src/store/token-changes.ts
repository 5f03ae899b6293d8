/**
 * Which events a change of a token makes.
 *
 * @module
 */
import type { EventData } from '../observe/events/catalogue.ts';
import type { NewEvent } from '../observe/events/event.ts';
import type { TokenRecord } from './access.ts';

export function eventOfNewToken(token: TokenRecord): NewEvent {
  const data = { ...aboutToken(token), createdBy: token.createdBy };
  return { type: 'token.created.v1', names: [], data };
}

export function eventOfRotation(token: TokenRecord, at: Date): NewEvent {
  const until = token.previous?.until;
  const data = {
    ...aboutToken(token),
    ...(until === undefined || until <= at ? {} : { previousUntil: until.toISOString() }),
  };
  return { type: 'token.rotated.v1', names: [], data };
}

export function eventOfTokenRevocation(token: TokenRecord): NewEvent {
  return { type: 'token.revoked.v1', names: [], data: aboutToken(token) };
}

/** Not about the names that it is bound to: who may see those may not see who else may. */
export function aboutToken(token: TokenRecord): EventData<'token.revoked.v1'> {
  const { id, name, role, patterns, expiresAt } = token;
  return {
    tokenId: id,
    name,
    role,
    ...(patterns === undefined ? {} : { patterns: [...patterns] }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
