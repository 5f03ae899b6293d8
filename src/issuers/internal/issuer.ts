/**
 * A certificate authority of our own, for private names and first steps.
 *
 * @module
 */
import { type Clock, DAY_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createIntermediate, createRoot, signLeaf } from '../../pki/authority.ts';
import { parseChain } from '../../pki/chain.ts';
import type { AuthorityVault, Issuer, StoredAuthorities } from '../issuer.ts';

export interface InternalIssuerOptions {
  readonly name: string;
  readonly commonName?: string | undefined;
  readonly vault: AuthorityVault;
  readonly clock: Clock;
}

export const LEAF_LIFETIME_MS = 7 * DAY_MS;
const DEFAULT_COMMON_NAME = 'certctl internal CA';

export function createInternalIssuer(options: InternalIssuerOptions): Issuer {
  const { name, clock } = options;
  return {
    name,
    check: () => undefined,
    async obtain({ csr, names, report }, signal) {
      const { intermediate } = await ensureAuthorities(options);
      signal.throwIfAborted();
      const chainPem = await signLeaf({
        csrDer: csr,
        names,
        issuer: intermediate,
        now: clock.now(),
        lifetimeMs: LEAF_LIFETIME_MS,
      });
      report({ step: 'chain-received', message: `certificate signed by ${name}` });
      return { chainPem };
    },
    // Nobody asks this CA for revocation lists: the store's own mark is all there is to do.
    revoke: async () => undefined,
    close: async () => undefined,
  };
}

/** The trust anchor for clients, PEM; the authorities are made when there are none yet. */
export async function exportRoot(options: InternalIssuerOptions): Promise<string> {
  return (await ensureAuthorities(options)).root.certificatePem;
}

async function ensureAuthorities(options: InternalIssuerOptions): Promise<StoredAuthorities> {
  const { name, vault, clock, commonName = DEFAULT_COMMON_NAME } = options;
  const stored = await vault.load(name);
  if (stored !== undefined) return stored;
  const now = clock.now();
  const root = await createRoot({ commonName: `${commonName} root`, now });
  const intermediate = await createIntermediate({ root, commonName: `${commonName} issuer`, now });
  const authorities = {
    root: { ...root, notAfter: parseChain(root.certificatePem).notAfter },
    intermediate: { ...intermediate, notAfter: parseChain(intermediate.certificatePem).notAfter },
  };
  try {
    await vault.create(name, authorities);
    return authorities;
  } catch (thrown) {
    const isConflict = thrown instanceof AppError && thrown.code === 'store/conflict';
    const first = isConflict ? await vault.load(name) : undefined;
    if (first === undefined) throw thrown;
    return first;
  }
}
