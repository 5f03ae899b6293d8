/**
 * `createTerminator`: starts certctl's own terminator, and loads what it is made of only then.
 *
 * @module
 */
import type { ManagedTerminator } from './managed-terminator.ts';
import type { Manager } from './manager.ts';
import type { TerminatorOptions } from './options.ts';

/**
 * Starts certctl's own terminator in this process: it listens, picks certificates of the manager by
 * server name, and relays to upstreams. It answers challenges on its listeners, and hosts of its
 * endpoints that no certificate covers get one.
 *
 * A manager has one terminator at most.
 *
 * @throws `config/invalid` with every option that is wrong; `listener/…` when an address cannot be
 * bound.
 */
export async function createTerminator(
  manager: Manager,
  options: TerminatorOptions,
): Promise<ManagedTerminator> {
  const { openTerminator } = await import('./open-terminator.ts');
  return openTerminator(manager, options);
}
