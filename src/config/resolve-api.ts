/**
 * Where the API listens, and for whom.
 *
 * @module
 */
import { isNetwork } from '../core/networks.ts';
import { HOUR_MS } from '../core/clock.ts';
import type { ApiSettings, DashboardSettings } from './api-settings.ts';
import type { FileConfig } from './file-schema.ts';
import { parseDuration } from './parse-duration.ts';
import { parseListenerAddress } from './parse-endpoint-address.ts';
import type { ConfigPath } from './problem.ts';
import { resolveOidc } from './resolve-oidc.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

const USUAL_IDLE_MS = HOUR_MS;
const USUAL_SIGNED_IN_MS = 12 * HOUR_MS;

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
  checkNetworks(file.allow, ['api', 'allow'], context);
  const dashboard = resolveDashboard(file.dashboard, context);
  const oidc = resolveOidc(file.oidc, context);
  if (file.oidc !== undefined && dashboard === undefined) {
    context.report(['api', 'oidc'], 'is not used: there is no dashboard', 'Remove one of them.');
  }
  if (typeof place === 'string') return undefined;
  return {
    address: place.host,
    port: place.port,
    ...(certificate === undefined ? {} : { certificate }),
    ...(file.allow === undefined ? {} : { allow: file.allow }),
    ...(dashboard === undefined ? {} : { dashboard }),
    ...(oidc === undefined ? {} : { oidc }),
  };
}

function resolveDashboard(
  given: NonNullable<FileConfig['api']>['dashboard'],
  context: ResolveContext,
): DashboardSettings | undefined {
  if (given === false) return undefined;
  const { allow, idle, signedIn } = given === undefined || given === true ? {} : given;
  checkNetworks(allow, ['api', 'dashboard', 'allow'], context);
  return {
    ...(allow === undefined ? {} : { allow }),
    idleMs: parseDuration(idle ?? '') ?? USUAL_IDLE_MS,
    signedInMs: parseDuration(signedIn ?? '') ?? USUAL_SIGNED_IN_MS,
  };
}

function checkNetworks(
  networks: readonly string[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, network] of (networks ?? []).entries()) {
    if (isNetwork(network)) continue;
    const message = 'must be an IP address or a network, e.g. 10.0.0.0/8';
    context.report([...path, index], message);
  }
}
