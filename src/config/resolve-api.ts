/**
 * Where the API listens, and for whom.
 *
 * @module
 */
import { isNetwork } from '../core/networks.ts';
import type { ApiSettings } from './api-settings.ts';
import type { FileConfig } from './file-schema.ts';
import { parseListenerAddress } from './parse-endpoint-address.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

export function resolveApi(
  file: FileConfig['api'],
  context: ResolveContext,
): ApiSettings | undefined {
  if (file === undefined) return undefined;
  const place = parseListenerAddress(file.address);
  if (typeof place === 'string') {
    context.report(['api', 'address'], place, 'Write e.g. 127.0.0.1:9443.');
  }
  const certificate =
    file.certificate === undefined
      ? undefined
      : resolveName(file.certificate, ['api', 'certificate'], context);
  for (const [index, network] of (file.allow ?? []).entries()) {
    if (isNetwork(network)) continue;
    const message = 'must be an IP address or a network, e.g. 10.0.0.0/8';
    context.report(['api', 'allow', index], message);
  }
  if (typeof place === 'string') return undefined;
  return {
    address: place.host,
    port: place.port,
    ...(certificate === undefined ? {} : { certificate }),
    ...(file.allow === undefined ? {} : { allow: file.allow }),
  };
}
