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
export async function followAlias(
  name: string,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<string> {
  let current = name;
  for (let step = 0; step <= MOST_ALIASES; step += 1) {
    const asked = current;
    const [target] = await askForAll(resolver, (dns) => dns.resolveCname(asked), signal);
    if (target === undefined) return current;
    current = target.toLowerCase().replace(/\.$/, '');
  }
  throw new AppError(
    'challenge/not-ready',
    `cannot follow the CNAME records of ${name} to an end`,
    { mend: 'Check the CNAME records for a circle.', context: { name } },
  );
}

// Who owns the name decides how much there is to ask.
const MOST_ALIASES = 8;
