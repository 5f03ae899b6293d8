/**
 * Deliveries to targets, of a private CA with an intermediate.
 *
 * @module
 */
import { DAY_MS } from '../../src/core/clock.ts';
import { parseName } from '../../src/core/names.ts';
import { createIntermediate, createRoot, signLeaf } from '../../src/pki/authority.ts';
import { parseChain } from '../../src/pki/chain.ts';
import { createCsr } from '../../src/pki/csr.ts';
import { generatePrivateKey } from '../../src/pki/keys.ts';
import type { Delivery } from '../../src/targets/target.ts';

export async function createDelivery(
  name = 'app.example.com',
  keyType: 'ec256' | 'rsa2048' = 'ec256',
): Promise<Delivery & { readonly privateKey: NonNullable<Delivery['privateKey']> }> {
  const now = new Date();
  const names = [parseName(name)];
  const root = await createRoot({ commonName: 'Test Root', now });
  const issuer = await createIntermediate({ root, commonName: 'Test Issuing', now });
  const privateKey = await generatePrivateKey(keyType);
  const csrDer = await createCsr({ names, privateKey });
  const leaf = await signLeaf({ csrDer, names, issuer, now, lifetimeMs: 7 * DAY_MS });
  const both = leaf.includes(issuer.certificatePem.trim()) ? leaf : leaf + issuer.certificatePem;
  const { pem, serial, fingerprint256, notBefore, notAfter } = parseChain(both);
  return {
    certificateId: 'one',
    names,
    chainPem: pem,
    privateKey,
    keyType,
    issuer: 'internal',
    serial,
    fingerprint256,
    notBefore,
    notAfter,
  };
}
