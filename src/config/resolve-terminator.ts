/**
 * The terminator's settings of a configuration: where it listens, and what it does without a name.
 *
 * @module
 */
import { type Name, coveringWildcard } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import { DEFAULT_LIMITS, type ListenerSettings } from '../terminator/settings.ts';
import type { TerminatorConfig } from './config.ts';
import type { FileConfig } from './file-schema.ts';
import { ANY_ADDRESS, parseListenerAddress } from './parse-endpoint-address.ts';
import { policyNameOf } from './listener-policy.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

const HTTPS_PORT = 443;

const USUAL_LISTENERS: readonly ListenerSettings[] = [
  { address: ANY_ADDRESS, port: HTTPS_PORT, protocol: 'tls' },
  { address: ANY_ADDRESS, port: 80, protocol: 'http' },
];

/** @param endpoints `undefined` when the file's endpoints have faults that hide their hosts */
export function resolveTerminator(
  file: Pick<FileConfig, 'limits' | 'listeners' | 'tls'>,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): TerminatorConfig {
  if (file.tls?.fips === true) {
    context.report(
      ['tls', 'fips'],
      'is not supported by this version',
      'Remove it: certctl would not run in FIPS mode.',
    );
  }
  const listeners = resolveListeners(file.listeners, endpoints, context);
  return {
    listeners,
    noServerName: resolveNoServerName(file.tls?.noServerName, ['tls'], endpoints, context),
    limits: file.limits ?? DEFAULT_LIMITS,
    httpsPort: listeners.find(({ protocol }) => protocol === 'tls')?.port ?? HTTPS_PORT,
  };
}

function resolveListeners(
  given: FileConfig['listeners'],
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): readonly ListenerSettings[] {
  if (given === undefined) return USUAL_LISTENERS;
  const places = new Map<string, number>();
  return given.flatMap((listener, index) => {
    const { address, protocol, tls } = listener;
    const path = ['listeners', index, 'address'];
    const parsed = parseListenerAddress(address);
    if (typeof parsed === 'string') {
      context.report(path, parsed);
      return [];
    }
    const place = `${parsed.host} ${parsed.port}`;
    const twin = places.get(place);
    if (twin === undefined) places.set(place, index);
    // Port 0 is a fresh port each time.
    else if (parsed.port !== 0) context.report(path, `listeners[${twin}] has the same address`);
    const policy = policyNameOf(listener, index);
    const above = ['listeners', index, 'tls'];
    const noServerName =
      tls?.noServerName === undefined
        ? undefined
        : resolveNoServerName(tls.noServerName, above, endpoints, context);
    return [
      {
        address: parsed.host,
        port: parsed.port,
        protocol,
        ...(policy === undefined ? {} : { policy }),
        ...(noServerName === undefined ? {} : { noServerName }),
      },
    ];
  });
}

function resolveNoServerName(
  given: string | undefined,
  above: ConfigPath,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): 'refuse' | Name {
  if (given === undefined || given === 'refuse') return 'refuse';
  const path = [...above, 'noServerName'];
  const name = resolveName(given, path, context);
  if (name === undefined) return 'refuse';
  const wildcard = coveringWildcard(name);
  if (endpoints?.some(({ host }) => host === name || host === wildcard) === false) {
    context.report(
      path,
      'no endpoint is for this name',
      'Write refuse, or the host of an endpoint.',
    );
  }
  return name;
}
