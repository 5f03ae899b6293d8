/**
 * Looks up which names a request is about.
 *
 * @module
 */
import type { NameSource } from '../api/access/touched-names.ts';
import { AppError } from '../core/errors.ts';
import type { Name } from '../core/names.ts';
import { selectCertificates } from '../lifecycle/select.ts';
import { parseChain } from '../pki/chain.ts';
import { readCsr } from '../pki/read-csr.ts';
import type { Store } from '../store/store.ts';

export function createNameSource(store: Store): NameSource {
  async function withSameKey(issuanceId: string | undefined): Promise<Name[]> {
    if (issuanceId === undefined) return [];
    const key = (await store.issuances.find(issuanceId))?.keyFingerprint256;
    if (key === undefined) return [];
    return (await store.issuances.withKey(key)).flatMap(({ names }) => names);
  }

  return {
    async ofChoice(choice, sharedKey) {
      try {
        const found = await selectCertificates(store, choice);
        const names = await Promise.all(
          found.map(async (each) => {
            if (each === undefined) return [];
            const { spec, issuanceId } = each.certificate;
            return [...spec.names, ...(sharedKey ? await withSameKey(issuanceId) : [])];
          }),
        );
        return names.flat();
      } catch (thrown) {
        // What is not there is said by the operation, in its own words.
        if (thrown instanceof AppError && thrown.code.startsWith('certificate/')) return [];
        throw thrown;
      }
    },
    ofIssuance: async (id) => (await store.issuances.find(id))?.names ?? [],
    ofOrder: async (id) => (await store.orders.find(id))?.spec.names ?? [],
    // Names of events are those of certificates and endpoints.
    ofEvent: async (id) => ((await store.events.find(id))?.names ?? []) as readonly Name[],
    ofCsr: async (der) => (await readCsr(Buffer.from(der, 'base64url'))).names,
    ofChain: async (pem) => parseChain(pem).names,
  };
}
