/**
 * TLS policies from what the file says on several levels: what is nearer to an endpoint wins.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { ClientCertificatePolicy, TlsPolicy } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import {
  checkCompression,
  checkGroups,
  isLegacyCipher,
  isTls13Cipher,
  LEGACY_CIPHERS,
  resolveCiphers,
} from './check-ciphers.ts';
import { approvedPart, checkApproved } from './fips-rules.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import { loadCrl } from './load-crl.ts';
import { type PolicySources, rememberSources } from './policy-sources.ts';
import { type ConfigPath, formatPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { FilePolicy } from './tls-schema.ts';

/** One place of the file that has a say, with its own values checked. */
export interface PolicyLayer {
  readonly path: ConfigPath;
  readonly keys: Omit<FilePolicy, 'clientCertificates' | 'certificateCompression'> & {
    readonly certificateCompression?: TlsPolicy['certificateCompression'];
    readonly clientCertificates?: ClientCertificatePolicy | 'none';
  };
}

export function resolveLayer(
  given: FilePolicy,
  path: ConfigPath,
  context: ResolveContext,
): PolicyLayer {
  const { ciphers, groups, certificateCompression, clientCertificates, ...keys } = given;
  checkAlpn(given.alpn, [...path, 'alpn'], context);
  if (groups !== undefined) checkGroups(groups, [...path, 'groups'], context);
  const compression = [certificateCompression ?? []].flat();
  checkCompression(compression, [...path, 'certificateCompression'], context);
  checkApproved(given, path, context);
  return {
    path,
    keys: {
      ...keys,
      ...(ciphers && { ciphers: resolveCiphers(ciphers, [...path, 'ciphers'], context) }),
      ...(groups && { groups }),
      ...(certificateCompression !== undefined && {
        certificateCompression: compression,
      }),
      ...(clientCertificates && {
        clientCertificates: resolveClientCertificates(
          clientCertificates,
          [...path, 'clientCertificates'],
          context,
        ),
      }),
    },
  };
}

/** The complete policy of an endpoint; `layers` from the most general one to its own. */
export function combineLayers(
  layers: readonly PolicyLayer[],
  usualAlpn: readonly string[],
  context: ResolveContext,
): TlsPolicy {
  const { keys, origins } = merge(layers);
  const base = TLS_PRESETS[keys.preset ?? 'intermediate'];
  const minVersion = keys.minVersion ?? base.minVersion;
  const maxVersion = keys.maxVersion ?? base.maxVersion;
  const { clientCertificates } = keys;
  const policy: TlsPolicy = {
    minVersion,
    maxVersion,
    ciphers: completeCiphers(keys.ciphers, base.ciphers, minVersion),
    cipherOrder: keys.cipherOrder ?? base.cipherOrder,
    groups: keys.groups ?? base.groups,
    alpn: keys.alpn ?? usualAlpn,
    alpnMismatch: keys.alpnMismatch ?? base.alpnMismatch,
    // RFC 8879 §3: TLS 1.3 alone has it, and Node makes no context that asks for it without.
    certificateCompression:
      maxVersion === '1.3' ? (keys.certificateCompression ?? base.certificateCompression) : [],
    ...(clientCertificates === undefined || clientCertificates === 'none'
      ? {}
      : { clientCertificates }),
  };
  checkVersions(policy, origins, layers, context);
  const complete = context.isFips ? approvedPart(policy) : policy;
  return rememberSources(complete, sourcesFor(complete, origins, context));
}

function sourcesFor(
  policy: TlsPolicy,
  origins: ReadonlyMap<string, PolicyLayer>,
  { isFips }: ResolveContext,
): PolicySources {
  const preset = origins.get('preset');
  const keys = [...Object.keys(policy), 'clientCertificates'] as (keyof TlsPolicy)[];
  const sources = keys.map((key) => {
    const layer = origins.get(key);
    if (key === 'certificateCompression' && policy.maxVersion !== '1.3') {
      return [key, 'TLS 1.3 has it only'];
    }
    if (layer !== undefined) return [key, formatPath([...layer.path, key])];
    if (preset === undefined || !PRESET_KEYS.includes(key)) {
      return [key, isFips ? 'default, as far as FIPS approves' : 'default'];
    }
    return [key, `preset ${preset.keys.preset ?? ''} of ${formatPath(preset.path)}`];
  });
  return Object.fromEntries(sources) as PolicySources;
}

type Keys = PolicyLayer['keys'];

/** What a preset replaces of the layers above it. */
const PRESET_KEYS: readonly string[] = [
  'minVersion',
  'maxVersion',
  'ciphers',
  'cipherOrder',
  'groups',
];

function merge(layers: readonly PolicyLayer[]): { keys: Keys; origins: Map<string, PolicyLayer> } {
  let keys: Keys = {};
  const origins = new Map<string, PolicyLayer>();
  for (const layer of layers) {
    if (layer.keys.preset !== undefined) {
      for (const key of PRESET_KEYS) origins.delete(key);
      keys = Object.fromEntries(Object.entries(keys).filter(([key]) => !PRESET_KEYS.includes(key)));
    }
    keys = { ...keys, ...layer.keys };
    for (const key of Object.keys(layer.keys)) origins.set(key, layer);
  }
  return { keys, origins };
}

/** Who lists suites of TLS 1.2 only, as older servers want it, says nothing about TLS 1.3. */
function completeCiphers(
  given: readonly string[] | undefined,
  usual: readonly string[],
  minVersion: TlsPolicy['minVersion'],
): readonly string[] {
  if (given === undefined) return minVersion === '1.1' ? [...usual, ...LEGACY_CIPHERS] : usual;
  return given.some(isTls13Cipher) ? given : [...usual.filter(isTls13Cipher), ...given];
}

/** Which other place a value is from: a default has none. */
function placeOf(key: keyof TlsPolicy, origins: ReadonlyMap<string, PolicyLayer>): string {
  const layer = origins.get(key);
  if (layer !== undefined) return ` (${formatPath([...layer.path, key])})`;
  const preset = origins.get('preset');
  return preset === undefined ? '' : ` (${formatPath([...preset.path, 'preset'])})`;
}

function checkVersions(
  { minVersion, maxVersion, ciphers }: TlsPolicy,
  origins: ReadonlyMap<string, PolicyLayer>,
  layers: readonly PolicyLayer[],
  context: ResolveContext,
): void {
  const blame = (keys: readonly string[], message: string, mend?: string): void => {
    // The nearest of the places that together are wrong; a whole preset is blamed by its name.
    const layer = layers.findLast((one) => keys.some((key) => origins.get(key) === one));
    const key = keys.find((one) => origins.get(one) === layer);
    if (layer === undefined || key === undefined) return;
    context.report([...layer.path, key], message, mend);
  };
  if (minVersion > maxVersion) {
    const from = (key: 'minVersion' | 'maxVersion'): string => placeOf(key, origins);
    const message =
      `minVersion ${minVersion}${from('minVersion')} is above ` +
      `maxVersion ${maxVersion}${from('maxVersion')}`;
    blame(['minVersion', 'maxVersion', 'preset'], message);
    return;
  }
  if (maxVersion === '1.3' && minVersion === '1.3') return;
  if (ciphers.every(isTls13Cipher)) {
    blame(
      ['minVersion', 'ciphers', 'preset', 'maxVersion'],
      `TLS ${minVersion} is accepted, and there is no cipher suite for it`,
      'Add suites of TLS 1.2, or accept TLS 1.3 only.',
    );
  } else if (minVersion === '1.1' && !ciphers.some(isLegacyCipher)) {
    blame(
      ['minVersion', 'ciphers'],
      'TLS 1.1 is accepted, and there is no cipher suite for it',
      `Add one of ${LEGACY_CIPHERS.join(', ')}.`,
    );
  }
}

function resolveClientCertificates(
  given: NonNullable<FilePolicy['clientCertificates']>,
  path: ConfigPath,
  context: ResolveContext,
): ClientCertificatePolicy | 'none' {
  const { mode, caBundle, crl } = given;
  if (mode === 'none') {
    if (caBundle !== undefined || crl !== undefined) {
      context.report([...path, 'mode'], 'none has no use for caBundle and crl', 'Remove them.');
    }
    return 'none';
  }
  if (mode === 'verify' && caBundle === undefined) {
    const mend = 'Name a PEM file with the authorities that sign client certificates.';
    context.report([...path, 'caBundle'], 'is required where mode is verify', mend);
  }
  if (crl !== undefined && caBundle === undefined) {
    context.report([...path, 'crl'], 'has no use without caBundle');
  }
  const caPem = caBundle && read(caBundle, [...path, 'caBundle'], context, loadCaBundle);
  const crlPem =
    crl !== undefined && caPem !== undefined
      ? read(crl, [...path, 'crl'], context, (file) => loadCrl(file, caPem))
      : undefined;
  return {
    mode,
    ...(caPem === undefined ? {} : { caPem }),
    ...(crlPem === undefined ? {} : { crlPem }),
  };
}

function read(
  file: string,
  path: ConfigPath,
  context: ResolveContext,
  load: (path: string) => string,
): string | undefined {
  const absolute = resolve(context.directory, file);
  context.files.add(absolute);
  try {
    return load(absolute);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.report(path, thrown.message, thrown.mend);
    return undefined;
  }
}

/** RFC 8737 §3: connections with this token are the CA's, and answered without being configured. */
export const ACME_TLS = 'acme-tls/1';

function checkAlpn(
  alpn: readonly string[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, token] of (alpn ?? []).entries()) {
    const place = [...path, index];
    if (!/^[\x21-\x7e]+$/.test(token)) {
      context.report(place, 'must be an ALPN token without spaces, e.g. h2 or http/1.1');
    } else if (token === ACME_TLS) {
      context.report(place, `${ACME_TLS} is for challenges only`, 'Remove it.');
    } else if (alpn?.indexOf(token) !== index) {
      context.report(place, 'stands in the list twice');
    }
  }
}
