/**
 * What becomes of clients of different abilities, by the very function that decides it.
 *
 * @module
 */
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { hostPort } from '../core/host-port.ts';
import type { Name } from '../core/names.ts';
import type { FeedEntry } from '../feed/feed.ts';
import { decideRoute, type Route } from '../terminator/routing.ts';
import type { ListenerSettings } from '../terminator/settings.ts';

type Outcome = Explanation['clients'][number];

const ECDSA_P256 = 0x0403;
/** With RSA-PSS and PKCS #1: what every present client supports. */
export const MODERN_SCHEMES = [ECDSA_P256, 0x0804, 0x0401];
const RSA_SCHEMES = [0x0804, 0x0401];

const CLIENTS = [
  {
    client: 'with ALPN h2 and http/1.1',
    alpnProtocols: ['h2', 'http/1.1'],
    schemes: MODERN_SCHEMES,
  },
  { client: 'without ALPN', alpnProtocols: [], schemes: MODERN_SCHEMES },
  {
    client: 'with another ALPN protocol only',
    alpnProtocols: ['example'],
    schemes: MODERN_SCHEMES,
  },
  { client: 'with RSA only', alpnProtocols: ['h2', 'http/1.1'], schemes: RSA_SCHEMES },
] as const;

/** For the listeners that share the usual policy, and for each that has one of its own. */
export function viewClients(
  name: Name,
  entry: FeedEntry | undefined,
  { terminator }: Pick<Config, 'terminator'>,
  now: number,
): Outcome[] {
  const tls = terminator.listeners.filter(({ protocol }) => protocol === 'tls');
  const own = tls.filter(({ policy }) => policy !== undefined);
  const usual = tls.filter(({ policy }) => policy === undefined);
  const places: { listeners: string[]; listener: Pick<ListenerSettings, 'policy'> }[] = [
    ...(usual.length === 0 ? [] : [{ listeners: usual.map(hostPort), listener: {} }]),
    ...own.map((listener) => ({ listeners: [hostPort(listener)], listener })),
  ];
  return places.flatMap(({ listeners, listener }) =>
    CLIENTS.map(({ client, alpnProtocols, schemes }) => {
      const hello = {
        serverName: name,
        unusableServerName: undefined,
        alpnProtocols,
        signatureSchemes: schemes,
      };
      const route = decideRoute(name, hello, entry, now, listener);
      return { listeners, client, ...outcomeOf(route, schemes) };
    }),
  );
}

function outcomeOf(
  route: Route,
  schemes: readonly number[],
): Omit<Outcome, 'client' | 'listeners'> {
  switch (route.action) {
    case 'refuse':
      return { decision: route.action, alert: route.alert };
    case 'pass-through':
      return { decision: route.action };
    case 'terminate': {
      const { protocol, credential } = route;
      // It is the best there is, and OpenSSL finds nothing to sign with.
      if (credential.keyAlgorithm === 'ec' && !schemes.includes(ECDSA_P256)) {
        return { decision: 'refuse', alert: 'handshake_failure' };
      }
      return {
        decision: route.action,
        ...(protocol === undefined ? {} : { protocol }),
        fingerprint256: credential.fingerprint256,
        keyAlgorithm: credential.keyAlgorithm,
      };
    }
  }
}

export function clientTexts(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ client, listeners, decision, alert, protocol, keyAlgorithm }) => {
    const what =
      decision === 'refuse'
        ? `refused with the TLS alert ${alert ?? ''}`
        : decision === 'pass-through'
          ? 'passed through unopened'
          : `${protocol ?? 'no ALPN protocol'}, ${keyAlgorithm ?? ''} certificate`;
    return `client ${client} on ${listeners.join(', ')}: ${what}`;
  });
}
