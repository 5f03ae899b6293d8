/**
 * What a listener says about TLS: the policy that its connections begin with, and clients without name.
 *
 * @module
 */
import { hostPort } from '../core/host-port.ts';
import type { FileConfig } from './file-schema.ts';
import { parseListenerAddress } from './parse-endpoint-address.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { type PolicyLayer, resolveLayer } from './resolve-policy.ts';
import type { FilePolicy } from './tls-schema.ts';

type FileListener = NonNullable<FileConfig['listeners']>[number];

/** The levels of the listeners that have one, by `policyNameOf`. */
export function resolveListenerLayers(
  listeners: readonly FileListener[],
  context: ResolveContext,
): ReadonlyMap<string, PolicyLayer> {
  const layers = new Map<string, PolicyLayer>();
  for (const [index, listener] of listeners.entries()) {
    const path: ConfigPath = ['listeners', index, 'tls'];
    if (listener.tls !== undefined && listener.protocol !== 'tls') {
      context.report(path, `has no use at a listener with protocol ${listener.protocol}`);
    }
    const name = policyNameOf(listener, index);
    if (name !== undefined) layers.set(name, resolveLayer(keysOf(listener), path, context));
  }
  return layers;
}

/** By the address, which means the same before and after a reload; `undefined` without a policy. */
export function policyNameOf(listener: FileListener, index: number): string | undefined {
  if (Object.keys(keysOf(listener)).length === 0) return undefined;
  const parsed = parseListenerAddress(listener.address);
  if (typeof parsed === 'string') return undefined;
  const { host: address, port } = parsed;
  return hostPort({ address, port }) + (port === 0 ? ` (${index})` : '');
}

function keysOf({ tls = {} }: FileListener): FilePolicy {
  const { noServerName: _name, ...keys } = tls;
  return keys;
}
