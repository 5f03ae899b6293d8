/**
 * The control plane's end of the feed: endpoints from the configuration, credentials from the store.
 *
 * @module
 */
import { keyAlgorithmOf } from '../core/certificate-spec.ts';
import { ANY_HOST, type Name, coveringWildcard } from '../core/names.ts';
import type { Credential, Endpoint, FeedEntry } from '../feed/feed.ts';
import type { CertificateWithIssuance, Store } from '../store/store.ts';
import { privateKeyToPem } from '../pki/keys.ts';
import type { SealedKeys } from './sealed-keys.ts';

export interface FeedSourceOptions {
  readonly store: Store;
  readonly keys: SealedKeys;
  readonly endpoints: readonly Endpoint[];
}

export type Lookup = (name: Name) => Promise<FeedEntry | undefined>;

export function createLookup({ store, keys, endpoints }: FeedSourceOptions): Lookup {
  const byHost = new Map(endpoints.map((endpoint) => [endpoint.host, endpoint]));
  return async (name) => {
    const wildcard = coveringWildcard(name);
    const endpoint = byHost.get(name) ?? byHost.get(wildcard ?? ANY_HOST) ?? byHost.get(ANY_HOST);
    if (endpoint === undefined) return undefined;
    if (endpoint.terminate === undefined) return { endpoint, credentials: [] };
    const covering = await store.certificates.covering(name);
    const credentials = await Promise.all(covering.map((found) => toCredential(keys, found)));
    return { endpoint, credentials: credentials.filter((credential) => credential !== undefined) };
  };
}

/** A revoked certificate is served while there is no other: refusing every client helps nobody. */
async function toCredential(
  keys: SealedKeys,
  { issuance }: CertificateWithIssuance,
): Promise<Credential | undefined> {
  // Without its key a certificate cannot be served.
  if (issuance?.keySecretId === undefined) return undefined;
  const privateKey = await keys.load(issuance.keySecretId);
  return {
    fingerprint256: issuance.fingerprint256,
    names: issuance.names,
    keyAlgorithm: keyAlgorithmOf(issuance.keyType),
    notAfter: issuance.notAfter.getTime(),
    chainPem: issuance.chainPem,
    privateKeyPem: privateKeyToPem(privateKey),
  };
}
