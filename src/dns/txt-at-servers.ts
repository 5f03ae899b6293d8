/**
 * The TXT records of a name as each of its authoritative name servers has them.
 *
 * @module
 */
import { mapConcurrently } from '../core/concurrency.ts';
import { systemCode } from '../core/errors.ts';
import { findRecordLocation, type RecordLocation } from './name-servers.ts';
import { askForAll, type OpenResolver } from './resolver.ts';

export type ServerTxt =
  | { readonly server: string; readonly known: true; readonly texts: readonly string[] }
  | { readonly server: string; readonly known: false; readonly reason: string };

const AT_ONCE = 8;
const MOST_TEXTS = 100;

/**
 * At least one entry. `resolvers` find the servers, and answer themselves when they cannot.
 * @throws `challenge/not-ready` when there is nobody to ask.
 */
export async function findTxtAtServers(
  name: string,
  openResolver: OpenResolver,
  resolvers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<ServerTxt[]> {
  const { name: canonical, servers } = await locate(name, openResolver, resolvers, signal);
  return mapConcurrently(servers, AT_ONCE, async ({ label, address }): Promise<ServerTxt> => {
    try {
      const resolver = openResolver([address]);
      const found = await askForAll(resolver, (dns) => dns.resolveTxt(canonical), signal);
      const texts = found.slice(0, MOST_TEXTS).map((chunks) => chunks.join(''));
      return { server: label, known: true, texts };
    } catch (thrown) {
      signal.throwIfAborted();
      return { server: label, known: false, reason: systemCode(thrown) ?? 'no usable answer' };
    }
  });
}

async function locate(
  name: string,
  openResolver: OpenResolver,
  resolvers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<RecordLocation> {
  try {
    return await findRecordLocation(name, openResolver, openResolver(resolvers), signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (resolvers === undefined) throw thrown;
    return { name, servers: resolvers.map((address) => ({ label: address, address })), lost: [] };
  }
}
