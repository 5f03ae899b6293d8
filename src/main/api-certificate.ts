/**
 * The certificate that the API presents: a managed one like all others.
 *
 * @module
 */
import { hostname } from 'node:os';
import type { ServerCredential } from '../api/https-server.ts';
import type { Config } from '../config/config.ts';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { findName, type Name, nameSet } from '../core/names.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import { privateKeyToPem } from '../pki/keys.ts';

const ANY = new Set(['::', '0.0.0.0']);
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** `undefined` where the API does not listen, or presents a certificate that is there anyway. */
export function apiCertificateSpec(config: Config): CertificateSpec | undefined {
  const { api, issuers, defaults, certificates } = config;
  if (api === undefined || api.certificate !== undefined) return undefined;
  const internal = Object.keys(issuers).find((name) => issuers[name]?.type === 'internal');
  if (internal === undefined) return undefined;
  const names = namesFor(api.address);
  // The configuration has a certificate for the same names: that one is presented.
  if (certificates.some((other) => other.names.join() === names.join())) return undefined;
  return { names, keyType: 'ec256', issuers: [internal], challenges: defaults.challenges };
}

/** What clients may know it by, the address first. */
function namesFor(address: string): Name[] {
  const texts = ANY.has(address)
    ? [...LOOPBACK, hostname()]
    : LOOPBACK.includes(address)
      ? [address, 'localhost']
      : [address];
  return nameSet(texts.map(findName).filter((name) => name !== undefined));
}

/** What the API is asked for by. */
export function apiCertificateNames(config: Config): readonly Name[] {
  const { api } = config;
  if (api === undefined) return [];
  return api.certificate === undefined ? namesFor(api.address) : [api.certificate];
}

/** The newest of those that have all the names, with its key; `undefined` while there is none. */
export async function findApiCredential(
  { store, keys }: Pick<LifecycleContext, 'store' | 'keys'>,
  names: readonly Name[],
): Promise<ServerCredential | undefined> {
  const [first] = names;
  if (first === undefined) return undefined;
  const covering = await store.certificates.covering(first);
  const usable = covering
    .filter(({ certificate: { spec } }) => names.length === 1 || sameNames(spec.names, names))
    .map(({ issuance }) => issuance)
    .filter((issuance) => issuance?.keySecretId !== undefined)
    .toSorted((a, b) => (b?.notAfter.getTime() ?? 0) - (a?.notAfter.getTime() ?? 0));
  const [newest] = usable;
  if (newest?.keySecretId === undefined) return undefined;
  const key = await keys.load(newest.keySecretId);
  return { chainPem: newest.chainPem, privateKeyPem: privateKeyToPem(key) };
}

function sameNames(left: readonly Name[], right: readonly Name[]): boolean {
  return left.join() === right.join();
}
