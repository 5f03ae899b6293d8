/**
 * Where a configuration listens: its listeners, and the ports of its tcp endpoints.
 *
 * @module
 */
import { isIP } from 'node:net';
import type { Endpoint } from '../feed/feed.ts';
import type { ListenerSettings } from '../terminator/settings.ts';
import type { FileConfig } from './file-schema.ts';
import { policyNameOf } from './listener-policy.ts';
import { ANY_ADDRESS, parseListenerAddress } from './parse-endpoint-address.ts';
import { type ConfigPath, formatPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { resolveNoServerName } from './resolve-no-server-name.ts';
import { resolveUpstreams } from './resolve-upstreams.ts';

export const HTTPS_PORT = 443;

const USUAL_LISTENERS: readonly ListenerSettings[] = [
  { address: ANY_ADDRESS, port: HTTPS_PORT, protocol: 'tls' },
  { address: ANY_ADDRESS, port: 80, protocol: 'http' },
];

type FileListener = NonNullable<FileConfig['listeners']>[number];
type FileDoor = Pick<FileListener, 'address' | 'proxyProtocol'>;

/** What is taken already, by address and port. */
type Places = Map<string, string>;

export function resolveListeners(
  file: Pick<FileConfig, 'listeners' | 'endpoints'>,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): readonly ListenerSettings[] {
  const places: Places = new Map();
  const listeners =
    file.listeners === undefined
      ? usualListeners(places)
      : file.listeners.flatMap((given, index) => {
          const path = ['listeners', index];
          const door = { path, addressPath: [...path, 'address'] };
          const base = resolveListener(given, door, places, context);
          if (base === undefined) return [];
          return [
            {
              ...base,
              protocol: given.protocol,
              ...tlsOf(given, index, endpoints, context),
              ...forwardedOf(given, path, context),
            },
          ];
        });
  const ports = (file.endpoints ?? []).flatMap((given, index): ListenerSettings[] => {
    if (given.protocol !== 'tcp') return [];
    const path = ['endpoints', index];
    const { listen } = given;
    const base =
      typeof listen === 'string'
        ? resolveListener(
            { address: listen },
            { path, addressPath: [...path, 'listen'] },
            places,
            context,
          )
        : resolveListener(
            listen,
            { path: [...path, 'listen'], addressPath: [...path, 'listen', 'address'] },
            places,
            context,
          );
    const tcp = resolveUpstreams(given, 'stream', path, context);
    return base === undefined ? [] : [{ ...base, protocol: 'tcp', tcp }];
  });
  return [...listeners, ...ports];
}

function tlsOf(
  given: FileListener,
  index: number,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): Pick<ListenerSettings, 'policy' | 'noServerName'> {
  const policy = policyNameOf(given, index);
  const name = given.tls?.noServerName;
  const above = ['listeners', index, 'tls'];
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(name === undefined
      ? {}
      : { noServerName: resolveNoServerName(name, above, endpoints, context) }),
  };
}

function forwardedOf(
  { forwarded }: FileListener,
  path: ConfigPath,
  context: ResolveContext,
): Pick<ListenerSettings, 'forwarded'> {
  if (forwarded === undefined) return {};
  checkNetworks(forwarded.from, [...path, 'forwarded', 'from'], context);
  const both = (['Forwarded', 'X-Forwarded-For'] as const).map((field) =>
    forwarded.fields.indexOf(field),
  );
  if (both.every((index) => index !== -1)) {
    context.report(
      [...path, 'forwarded', 'fields', Math.max(...both)],
      'would say a second time who the client is, and perhaps another one',
      'Keep the one that the proxies set themselves.',
    );
  }
  return { forwarded };
}

function usualListeners(places: Places): readonly ListenerSettings[] {
  for (const { address, port } of USUAL_LISTENERS) {
    places.set(`${address} ${port}`, `a listener that is there without the key "listeners"`);
  }
  return USUAL_LISTENERS;
}

function resolveListener(
  { address, proxyProtocol }: FileDoor,
  { path, addressPath }: { readonly path: ConfigPath; readonly addressPath: ConfigPath },
  places: Places,
  context: ResolveContext,
): Omit<ListenerSettings, 'protocol'> | undefined {
  checkNetworks(proxyProtocol?.from ?? [], [...path, 'proxyProtocol', 'from'], context);
  const parsed = parseListenerAddress(address);
  if (typeof parsed === 'string') {
    context.report(addressPath, parsed);
    return undefined;
  }
  const { host, port } = parsed;
  const place = `${host} ${port}`;
  const twin = places.get(place);
  if (twin === undefined) places.set(place, formatPath(path));
  // Port 0 is a fresh port each time.
  else if (port !== 0) context.report(addressPath, `${twin} has the same address`);
  return { address: host, port, ...(proxyProtocol === undefined ? {} : { proxyProtocol }) };
}

function checkNetworks(
  networks: readonly string[],
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, network] of networks.entries()) {
    const objection = objectionToNetwork(network);
    if (objection !== undefined) context.report([...path, index], objection);
  }
}

/** For anything but an address, or a network as `address/bits`: a fragment that starts with a verb. */
function objectionToNetwork(text: string): string | undefined {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return 'must be an IP address or a network, e.g. 10.0.0.0/8';
  const most = family === 4 ? 32 : 128;
  return bits !== undefined && Number(bits) > most ? `has more than ${most} bits` : undefined;
}
