/**
 * What becomes of a connection, judged from its ClientHello and the feed's entry.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { Credential, Endpoint, FeedEntry, TlsPolicy } from '../feed/feed.ts';
import type { AlertDescription } from '../wire/alert.ts';
import type { ClientHello } from '../wire/client-hello.ts';
import { selectCredential } from './select-credential.ts';
import type { ListenerSettings, TerminatorSettings } from './settings.ts';

/** Where to look, before the feed was asked. */
export type Destination =
  | { readonly action: 'refuse'; readonly alert: AlertDescription }
  | { readonly action: 'answer-acme'; readonly serverName: Name }
  | { readonly action: 'look-up'; readonly name: Name };

/** What to do with what the feed said. */
export type Route =
  | { readonly action: 'refuse'; readonly alert: AlertDescription }
  | { readonly action: 'pass-through'; readonly endpoint: Endpoint }
  | TerminatingRoute;

export interface TerminatingRoute {
  readonly action: 'terminate';
  /** The name that the client asked for, or was taken to mean. */
  readonly name: Name;
  readonly endpoint: Endpoint;
  readonly policy: TlsPolicy;
  readonly credential: Credential;
  /** The one protocol to agree on; `undefined` when the client offers none. */
  readonly protocol: string | undefined;
}

/** RFC 8737 §4: the protocol of validation connections. */
export const ACME_PROTOCOL = 'acme-tls/1';

type Hello = Pick<
  ClientHello,
  'serverName' | 'unusableServerName' | 'alpnProtocols' | 'signatureSchemes'
>;

export function decideDestination(
  hello: Hello,
  settings: Pick<TerminatorSettings, 'noServerName'>,
): Destination {
  const { serverName } = hello;
  if (serverName !== undefined) {
    const [protocol, ...others] = hello.alpnProtocols;
    return protocol === ACME_PROTOCOL && others.length === 0
      ? { action: 'answer-acme', serverName }
      : { action: 'look-up', name: serverName };
  }
  // RFC 6066 §3 forbids address literals, and the clients that send them mean "no name".
  const hasNoName = hello.unusableServerName !== 'malformed';
  return hasNoName && settings.noServerName !== 'refuse'
    ? { action: 'look-up', name: settings.noServerName }
    : refuse('unrecognized_name');
}

export function decideRoute(
  name: Name,
  hello: Hello,
  entry: FeedEntry | undefined,
  now: number,
  listener: Pick<ListenerSettings, 'policy'> = {},
): Route {
  if (entry === undefined) return refuse('unrecognized_name');
  const { endpoint } = entry;
  const policy = policyAt(endpoint, listener);
  if (policy === undefined) {
    const isOpened = endpoint.terminate !== undefined;
    if (endpoint.protocol === 'tls' && !isOpened) return { action: 'pass-through', endpoint };
    // An https endpoint without policy is a fault of ours; its bytes may not leave unopened.
    return refuse(endpoint.protocol === 'http' ? 'unrecognized_name' : 'internal_error');
  }
  const offered = hello.alpnProtocols;
  const protocol = policy.alpn.find((ours) => offered.includes(ours));
  if (offered.length > 0 && protocol === undefined && policy.alpnMismatch === 'refuse') {
    return refuse('no_application_protocol');
  }

  const credential = selectCredential(entry.credentials, name, hello.signatureSchemes, now);
  if (credential === undefined) return refuse('internal_error');
  return { action: 'terminate', name, endpoint, policy, credential, protocol };
}

/**
 * A listener can get a policy while an older entry, that knows nothing of it, is still in memory: its
 * connections are then refused, as the endpoint's usual policy may be the weaker one.
 */
export function policyAt(
  endpoint: Endpoint,
  { policy }: Pick<ListenerSettings, 'policy'>,
): TlsPolicy | undefined {
  return policy === undefined ? endpoint.terminate : endpoint.terminateAt?.[policy];
}

function refuse(alert: AlertDescription): { action: 'refuse'; alert: AlertDescription } {
  return { action: 'refuse', alert };
}
