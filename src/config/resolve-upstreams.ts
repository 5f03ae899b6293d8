/**
 * The upstreams of a configuration, with the files that they name.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { findName, isAddress, isWildcard } from '../core/names.ts';
import {
  type HealthCheck,
  type ProxyVersion,
  type Upstream,
  type UpstreamGroup,
  type UpstreamTls,
  upstreamText,
} from '../feed/upstream.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import { parseDuration } from './parse-duration.ts';
import { parseUpstream, type UpstreamKind } from './parse-upstream.ts';
import type { ConfigPath } from './problem.ts';
import { readTextFile } from './read-text-file.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { FileHealth, FileUpstream } from './upstream-schema.ts';

interface FileGroup {
  readonly upstream: FileUpstream | readonly FileUpstream[];
  readonly health?: FileHealth | undefined;
  readonly proxyProtocol?: ProxyVersion | undefined;
  readonly limits?: { readonly connections?: number | undefined } | undefined;
}

/** @param path of the endpoint */
export function resolveUpstreams(
  given: FileGroup,
  kind: UpstreamKind,
  path: ConfigPath,
  context: ResolveContext,
): UpstreamGroup {
  const upstreams = resolveAll(given.upstream, kind, [...path, 'upstream'], context);
  const health = given.health && resolveHealth(given.health, kind, path, context);
  return {
    upstreams,
    ...(health === undefined ? {} : { health }),
    ...(given.proxyProtocol === undefined ? {} : { proxyProtocol: given.proxyProtocol }),
    ...connectionsOf(given),
  };
}

export function connectionsOf({ limits }: Pick<FileGroup, 'limits'>): { connections?: number } {
  return limits?.connections === undefined ? {} : { connections: limits.connections };
}

function resolveAll(
  given: FileGroup['upstream'],
  kind: UpstreamKind,
  path: ConfigPath,
  context: ResolveContext,
): Upstream[] {
  const isList = Array.isArray(given);
  const list = (isList ? given : [given]) as readonly FileUpstream[];
  const places = new Map<string, number>();
  return list.flatMap((entry, index) => {
    const place = isList ? [...path, index] : path;
    const upstream = resolveUpstream(entry, kind, place, context);
    if (upstream === undefined) return [];
    const text = upstreamText(upstream);
    const twin = places.get(text);
    if (twin === undefined) places.set(text, index);
    else context.report(place, `upstream[${twin}] is the same upstream`);
    return [upstream];
  });
}

function resolveUpstream(
  given: FileUpstream,
  kind: UpstreamKind,
  path: ConfigPath,
  context: ResolveContext,
): Upstream | undefined {
  const { url, ...files } = typeof given === 'string' ? { url: given } : given;
  const upstream = parseUpstream(url, kind);
  if (typeof upstream === 'string') {
    context.report(typeof given === 'string' ? path : [...path, 'url'], upstream);
    return undefined;
  }
  const key = Object.keys(files)[0];
  if (key === undefined) return upstream;
  if (upstream.scheme !== 'tls' && upstream.scheme !== 'https') {
    const schemes = kind === 'http' ? 'https://' : 'tls://';
    context.report([...path, key], `is for upstreams with ${schemes} only`);
    return upstream;
  }
  return { ...upstream, tls: resolveTls(files, path, context) };
}

function resolveTls(
  given: Omit<Exclude<FileUpstream, string>, 'url'>,
  path: ConfigPath,
  context: ResolveContext,
): UpstreamTls {
  const { caBundle, serverName, certificate, key } = given;
  const read = <T>(name: string, load: () => T): T | undefined =>
    reporting([...path, name], load, context);
  const inDirectory = (file: string): string => resolve(context.directory, file);
  const tls: { -readonly [Key in keyof UpstreamTls]: UpstreamTls[Key] } = {};

  const caPem = caBundle && read('caBundle', () => loadCaBundle(inDirectory(caBundle)));
  if (caPem !== undefined && caPem !== '') tls.caPem = caPem;
  if (serverName !== undefined) {
    const name = findName(serverName);
    if (name === undefined || isWildcard(name) || isAddress(name)) {
      context.report([...path, 'serverName'], 'must be a hostname');
    } else tls.serverName = name;
  }
  if ((certificate === undefined) !== (key === undefined)) {
    const [present, missing] = key === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
    context.report([...path, present], `needs ${missing} beside it`);
  } else if (certificate !== undefined && key !== undefined) {
    const chain = read('certificate', () => loadCaBundle(inDirectory(certificate)));
    const privateKey = read('key', () => loadKey(inDirectory(key), chain));
    if (chain !== undefined && privateKey !== undefined) {
      tls.certificatePem = chain;
      tls.privateKeyPem = privateKey;
    }
  }
  return tls;
}

const MOST_KEY_BYTES = 64 * 1024;

function loadKey(path: string, chainPem: string | undefined): string {
  const pem = readTextFile(path, MOST_KEY_BYTES);
  let key;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new AppError('input/invalid', `${path} is not a private key in PEM without passphrase`);
  }
  if (chainPem !== undefined && !new X509Certificate(chainPem).checkPrivateKey(key)) {
    throw new AppError('input/invalid', `${path} is not the key of the certificate`);
  }
  return pem;
}

function reporting<T>(path: ConfigPath, load: () => T, context: ResolveContext): T | undefined {
  try {
    return load();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.report(path, thrown.message, thrown.mend);
    return undefined;
  }
}

const USUAL_INTERVAL_MS = 10_000;
const USUAL_TIMEOUT_MS = 5_000;

function resolveHealth(
  given: FileHealth,
  kind: UpstreamKind,
  path: ConfigPath,
  context: ResolveContext,
): HealthCheck {
  const { path: checked, status } = given;
  if (kind === 'stream') {
    const key = checked === undefined ? 'status' : 'path';
    if (given[key] !== undefined) {
      context.report([...path, 'health', key], 'is for endpoints with protocol http or https only');
    }
  } else if (checked === undefined && status !== undefined) {
    context.report([...path, 'health', 'status'], 'needs path beside it');
  }
  return {
    intervalMs: millisecondsOf(given.interval, USUAL_INTERVAL_MS),
    timeoutMs: millisecondsOf(given.timeout, USUAL_TIMEOUT_MS),
    ...(checked === undefined ? {} : { path: checked }),
    ...(status === undefined ? {} : { status }),
  };
}

function millisecondsOf(text: string | undefined, usual: number): number {
  return (text === undefined ? undefined : parseDuration(text)) ?? usual;
}
