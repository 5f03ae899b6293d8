/**
 * Where a name's CNAME records lead.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { askForAll, type DnsResolver } from './resolver.ts';

/**
 * The name at the end of the chain; `name` itself when it is no alias.
 * @throws `challenge/not-ready` for a chain without an end.
 */
export function followAlias(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string> {
  return followChain(name, (asked) => aliasOf(asked, resolver, signal));
}

/** The next name of the chain, as `resolver` has it. */
export async function aliasOf(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [target] = await askForAll(resolver, (dns) => dns.resolveCname(name), signal);
  return target?.toLowerCase().replace(/\.$/, '');
}

/** Goes from name to name while `next` knows one. @throws `challenge/not-ready` as `followAlias`. */
export async function followChain(
  name: string,
  next: (name: string) => Promise<string | undefined>,
): Promise<string> {
  const chain = [name];
  for (;;) {
    const current = chain.at(-1) ?? name;
    const target = await next(current);
    if (target === undefined) return current;
    const isCircle = chain.includes(target);
    chain.push(target);
    if (isCircle || chain.length > MOST_ALIASES) throw endless(name, chain);
  }
}

function endless(name: string, chain: readonly string[]): AppError {
  const way = chain.join(' → ');
  return new AppError(
    'challenge/not-ready',
    `cannot follow the CNAME records of ${name} to an end: ${way}`,
    { mend: 'Mend the CNAME records: they lead in a circle, or too far.', context: { name } },
  );
}

// Who owns the name decides how much there is to ask.
const MOST_ALIASES = 9;
