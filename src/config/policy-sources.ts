/**
 * Where each value of a resolved TLS policy was said, for those who ask why it is so.
 *
 * @module
 */
import type { TlsPolicy } from '../feed/feed.ts';

export type PolicySources = Readonly<Partial<Record<keyof TlsPolicy, string>>>;

/** Beside the policies, which cross process borders and are compared as they are. */
const known = new WeakMap<TlsPolicy, PolicySources>();

export function rememberSources(policy: TlsPolicy, sources: PolicySources): TlsPolicy {
  known.set(policy, sources);
  return policy;
}

/** Empty for policies that no configuration made in this process. */
export function sourcesOf(policy: TlsPolicy): PolicySources {
  return known.get(policy) ?? {};
}
