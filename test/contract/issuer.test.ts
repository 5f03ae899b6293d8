/**
 * The contract of issuers, for the internal CA; the run against an ACME CA is beside that CA.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { createInternalIssuer, exportRoot } from '../../src/issuers/internal/issuer.ts';
import { describeIssuer } from '../../src/issuers/issuer.contract.ts';
import { createAuthorityVault } from '../../src/lifecycle/vaults.ts';
import { openLifecycle } from '../support/lifecycle.ts';
import { openssl, verifyChain } from '../support/openssl.ts';

async function openInternal() {
  const lifecycle = await openLifecycle();
  const vault = createAuthorityVault({ ...lifecycle.context, clock: systemClock });
  const options = { name: 'internal', vault, clock: systemClock };
  return { ...lifecycle, options };
}

describeIssuer({
  title: 'internal',
  open: async () => {
    const { options, ...lifecycle } = await openInternal();
    return {
      issuer: createInternalIssuer(options),
      settings: { challenges: [] },
      verify: async (chainPem) => verifyChain(chainPem, await exportRoot(options)),
      countOrders: async () => 0,
      [Symbol.asyncDispose]: () => lifecycle[Symbol.asyncDispose](),
    };
  },
});

describe('the internal authority', () => {
  it('is one root although several ask for it first', async () => {
    await using test = await openInternal();
    const roots = await Promise.all([1, 2, 3].map(() => exportRoot(test.options)));
    expect(new Set(roots).size).toBe(1);
  });

  it('goes by the name that the configuration gives it', async () => {
    await using test = await openInternal();
    const root = await exportRoot({ ...test.options, commonName: 'Example Staging' });
    expect(await openssl(['x509', '-noout', '-subject'], root)).toContain('Example Staging root');
  });
});
