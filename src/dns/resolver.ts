/**
 * Asking DNS servers by their addresses.
 *
 * @module
 */
import { Resolver } from 'node:dns/promises';
import { SECOND_MS } from '../core/clock.ts';
import { systemCode } from '../core/errors.ts';

export type DnsResolver = Pick<
  Resolver,
  | 'cancel'
  | 'resolve4'
  | 'resolve6'
  | 'resolveCaa'
  | 'resolveCname'
  | 'resolveNs'
  | 'resolveSoa'
  | 'resolveTxt'
>;

/** A resolver that asks `servers` (`ip` or `ip:port`), or those of the system. */
export type OpenResolver = (servers?: readonly string[]) => DnsResolver;

export const openSystemResolver: OpenResolver = (servers) => {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers !== undefined) resolver.setServers([...servers]);
  return resolver;
};

/** The answer to `query`; its questions are cancelled when `signal` is aborted. */
export async function ask<T>(
  resolver: DnsResolver,
  query: (resolver: DnsResolver) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await query(resolver);
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Like `ask`; an empty list when the name, or its record of this type, does not exist. */
export async function askForAll<T>(
  resolver: DnsResolver,
  query: (resolver: DnsResolver) => Promise<T[]>,
  signal: AbortSignal,
): Promise<T[]> {
  try {
    return await ask(resolver, query, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (isAbsence(thrown)) return [];
    throw thrown;
  }
}

function isAbsence(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === 'ENODATA' || code === 'ENOTFOUND';
}

const QUERY_TIMEOUT_MS = 2 * SECOND_MS;
const QUERY_TRIES = 2;
