/**
 * A caller as the API shows it.
 *
 * @module
 */
import type { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import type * as schemas from './schemas.ts';

type CallerView = Omit<z.input<typeof schemas.caller>, 'kind'> & { readonly kind: string };

export function callerView({ actor, grant, expiresAt }: Caller): CallerView {
  const { kind, id, name } = actor;
  const { role, patterns } = grant;
  return {
    kind,
    ...(id === undefined ? {} : { id }),
    name,
    role,
    ...(patterns === undefined ? {} : { patterns: patterns.map((each) => `bind:${each}`) }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
