/**
 * Where each name of a certificate is served: by an endpoint of this daemon, or elsewhere.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { type Name, ANY_HOST, coveringWildcard, isAddress, isWildcard } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import { apiCertificateSpec } from './api-certificate.ts';

export interface ServedPlace {
  /** What to ask for: a name without wildcard. */
  readonly name: Name;
  readonly host: string;
  readonly port: number;
}

export type FindPlaces = (names: readonly Name[]) => ServedPlace[];

/** Stands for the names that a wildcard is for, where none of them is known. */
const SAMPLE_LABEL = 'certctl-self-check';
const UNSPECIFIED = new Set(['::', '0.0.0.0']);

export function createFindPlaces(config: Config): FindPlaces {
  const { endpoints, terminator, watch } = config;
  const byHost = new Map(endpoints.map((endpoint) => [endpoint.host, endpoint]));
  const exact = endpoints.map(({ host }) => host).filter((host) => !isWildcard(host));
  const hostsOf = Map.groupBy(exact, (host) => coveringWildcard(host));
  const own = ownDoor(terminator.listeners);
  const elsewhere = watch.selfCheck?.elsewhere;
  // The API presents that one, on an address of its own.
  const ofApi = new Set(apiCertificateSpec(config)?.names);

  const endpointFor = (name: Name): Endpoint | undefined => {
    const wildcard = isWildcard(name) ? name : coveringWildcard(name);
    return byHost.get(name) ?? byHost.get(wildcard ?? ANY_HOST) ?? byHost.get(ANY_HOST);
  };

  function placesOf(name: Name): ServedPlace[] {
    if (isAddress(name)) return [];
    const sample = isWildcard(name) ? (name.replace('*', SAMPLE_LABEL) as Name) : name;
    const asked = isWildcard(name) ? (hostsOf.get(name) ?? []) : [];
    const served = [...asked, ...(endpointFor(name) === undefined ? [] : [sample])];
    if (served.length === 0) {
      if (elsewhere === undefined) return [];
      return [{ ...elsewhere, name: sample, host: elsewhere.host.replaceAll('{name}', sample) }];
    }
    if (own === undefined) return [];
    return served.filter((one) => isShown(endpointFor(one))).map((one) => ({ name: one, ...own }));
  }

  return (names) => (names.every((name) => ofApi.has(name)) ? [] : names.flatMap(placesOf));
}

/** Under TLS 1.2 a server that demands a certificate of the client ends the handshake without one. */
function isShown(endpoint: Endpoint | undefined): boolean {
  const policy = endpoint?.terminate;
  if (policy === undefined) return false;
  return policy.clientCertificates === undefined || policy.maxVersion === '1.3';
}

/** A listener that takes connections without a PROXY header. */
function ownDoor(
  listeners: Config['terminator']['listeners'],
): { readonly host: string; readonly port: number } | undefined {
  const door = listeners.find(
    ({ protocol, proxyProtocol }) => protocol === 'tls' && proxyProtocol === undefined,
  );
  if (door === undefined) return undefined;
  const { address, port } = door;
  return { host: UNSPECIFIED.has(address) ? 'localhost' : address, port };
}
