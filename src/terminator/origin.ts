/**
 * Where a request comes from: from the other end of its connection, or from whom a proxy there names.
 *
 * @module
 */
import { createNetworkCheck } from '../core/networks.ts';
import { type ForwardedElement, readForwarded, readForwardedFor } from '../wire/forwarded.ts';
import { hostOf } from './authority.ts';
import type { ClientConnection } from './client-connection.ts';
import { type FlatHeaders, valuesOf } from './flat-headers.ts';
import type { ForwardedField, ForwardedSettings } from './settings.ts';
import type { TlsFacts } from './tls-facts.ts';

export type Scheme = 'http' | 'https';

export interface Origin {
  /** Of the client, as far as somebody who is believed knows it. */
  readonly clientAddress: string;
  /** How the client asked. */
  readonly scheme: Scheme;
  /** What it asked for, where a proxy says so; else the authority of the request. */
  readonly host?: string | undefined;
  /** Between the client and this end, the nearest last; usually none. */
  readonly proxies: readonly string[];
}

/** Proxies that are believed, and in what. */
export interface Forwarding {
  readonly isProxy: (address: string) => boolean;
  readonly fields: ReadonlySet<ForwardedField>;
}

export function createForwarding({ from, fields }: ForwardedSettings): Forwarding {
  return { isProxy: createNetworkCheck(from), fields: new Set(fields) };
}

interface Peer {
  readonly visit: { readonly client: ClientConnection; readonly forwarding?: Forwarding };
  readonly tls?: TlsFacts;
}

export function schemeOf({ tls }: Pick<Peer, 'tls'>): Scheme {
  return tls === undefined ? 'http' : 'https';
}

export function originOf(peer: Peer, headers: FlatHeaders): Origin {
  const { clientAddress } = peer.visit.client;
  const { forwarding } = peer.visit;
  const own = { clientAddress, scheme: schemeOf(peer), proxies: NONE };
  return forwarding === undefined ? own : believe(own, forwarding, headers);
}

const NONE: readonly string[] = [];

function believe(own: Origin, { isProxy, fields }: Forwarding, headers: FlatHeaders): Origin {
  const valuesIn = (field: ForwardedField): string[] =>
    fields.has(field) ? valuesOf(headers, field.toLowerCase()) : [];
  const elements = fields.has('Forwarded')
    ? valuesIn('Forwarded').reduce(appendElements, [])
    : valuesIn('X-Forwarded-For').flatMap(readForwardedFor);
  const proxies: string[] = [];
  let { clientAddress } = own;
  let told: ForwardedElement | undefined;
  // From the nearest on: each proxy is believed what it says of the one before it, and nobody else.
  for (const element of elements.toReversed()) {
    if (proxies.length === MOST_PROXIES) break;
    told = element;
    if (element.address === undefined) break;
    proxies.unshift(clientAddress);
    clientAddress = element.address;
    if (!isProxy(clientAddress)) break;
  }
  return {
    clientAddress,
    scheme: findScheme(told?.scheme ?? onlyOf(valuesIn('X-Forwarded-Proto'))) ?? own.scheme,
    host: findHost(told?.host ?? onlyOf(valuesIn('X-Forwarded-Host'))),
    proxies,
  };
}

const MOST_PROXIES = 16;

/** What cannot be read says nothing, and nothing is known of what was before it. */
function appendElements(before: ForwardedElement[], value: string): ForwardedElement[] {
  const elements = readForwarded(value);
  return elements === undefined ? [] : [...before, ...elements];
}

function onlyOf(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}

function findScheme(text: string | undefined): Scheme | undefined {
  const scheme = text?.toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
}

function findHost(text: string | undefined): string | undefined {
  return text === undefined || hostOf(text) === undefined ? undefined : text;
}
