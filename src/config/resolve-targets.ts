/**
 * The targets of a configuration, and which certificates go where.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { nameSet, parseName } from '../core/names.ts';
import type { Supplied } from '../lifecycle/supplied-csr.ts';
import { FILE_FORMATS, type FileFormat } from '../targets/files/formats.ts';
import type { RuntimeAddress } from '../targets/haproxy/runtime-api.ts';
import type { FileConfig } from './file-schema.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import { parseDuration } from './parse-duration.ts';
import type { ConfigPath } from './problem.ts';
import { checkReference, type ResolveContext } from './resolve-context.ts';
import type { DeploymentSettings, TargetSettings } from './target-settings.ts';

type FileTarget = NonNullable<FileConfig['targets']>[string];
type FilesTarget = Extract<FileTarget, { type: 'files' }>;

export function resolveDeployments(
  file: FileConfig,
  requests: ReadonlyMap<number, Supplied>,
  context: ResolveContext,
): DeploymentSettings {
  const targets = Object.create(null) as Record<string, TargetSettings>;
  for (const [name, given] of Object.entries(file.targets ?? {})) {
    targets[name] = resolveTarget(given, ['targets', name], context);
  }
  const usual = checked(file.defaults?.targets, ['defaults', 'targets'], context) ?? [];
  const assigned = Object.create(null) as Record<string, readonly string[]>;
  for (const [index, certificate] of (file.certificates ?? []).entries()) {
    const own = checked(certificate.targets, ['certificates', index, 'targets'], context);
    const names = requests.get(index)?.names ?? namesOf(certificate.names ?? []);
    if (own !== undefined) assigned[names.join()] = own;
  }
  return { targets, usual, assigned };
}

function checked(
  given: string | readonly string[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const names = typeof given === 'string' ? [given] : given;
  for (const [index, name] of names.entries()) {
    checkReference('target', name, [...path, index], context);
    if (names.indexOf(name) === index) continue;
    context.report([...path, index], `${name} is there twice`, 'Remove one of them.');
  }
  return names;
}

/** What is no name is reported where certificates are resolved. */
function namesOf(texts: readonly string[]): readonly string[] {
  try {
    return nameSet(texts.map((text) => parseName(text)));
  } catch {
    return [];
  }
}

function resolveTarget(
  given: FileTarget,
  path: ConfigPath,
  context: ResolveContext,
): TargetSettings {
  const timeoutMs = parseDuration(given.timeout) ?? 0;
  const place = (file: string): string => resolve(context.directory, file);
  const ownership = 'owner' in given ? { owner: given.owner, group: given.group } : {};
  switch (given.type) {
    case 'files':
      return { ...ownership, ...resolveFiles(given, path, context), timeoutMs };
    case 'nginx': {
      const { type, test, reload } = given;
      const { certificate, key } = given;
      return {
        type,
        test,
        reload,
        certificate: place(certificate),
        key: place(key),
        ...ownership,
        timeoutMs,
      };
    }
    case 'haproxy': {
      const { type, certificate, crtList, file } = given;
      const sockets = typeof given.socket === 'string' ? [given.socket] : given.socket;
      return {
        type,
        certificate: word(certificate, [...path, 'certificate'], context),
        sockets: sockets.map((socket) => addressOf(socket, place)),
        ...(crtList === undefined ? {} : { crtList: word(crtList, [...path, 'crtList'], context) }),
        ...(file === undefined ? {} : { file: place(file) }),
        ...ownership,
        timeoutMs,
      };
    }
    case 'kubernetes': {
      const { type, server, namespace, secret } = given;
      const { caBundle, tokenFile } = given;
      return {
        type,
        server,
        namespace,
        secret,
        tokenFile: place(tokenFile),
        caFile: place(caBundle),
        timeoutMs,
      };
    }
    case 'exec': {
      const { type, command, input, environment } = given;
      return { type, command, input, environment, timeoutMs };
    }
    case 'webhook': {
      const { type, url, secret, includeKey, caBundle } = given;
      const trust = caBundle === undefined ? {} : readBundle(place(caBundle), path, context);
      return { type, url, secret, includeKey, ...trust, timeoutMs };
    }
  }
}

function resolveFiles(
  given: FilesTarget,
  path: ConfigPath,
  context: ResolveContext,
): Omit<Extract<TargetSettings, { type: 'files' }>, 'timeoutMs'> {
  const { type, mode, passphrase, command } = given;
  const paths: { [format in FileFormat]?: string } = {};
  const places = new Map<string, FileFormat>();
  for (const format of FILE_FORMATS) {
    const file = given[format];
    if (file === undefined) continue;
    const absolute = resolve(context.directory, file);
    const twin = places.get(absolute);
    if (twin !== undefined) context.report([...path, format], `is the file of ${twin}, too`);
    places.set(absolute, format);
    paths[format] = absolute;
  }
  if (places.size === 0) {
    context.report(path, 'writes no file', `Add one of ${FILE_FORMATS.join(', ')}.`);
  }
  if (passphrase === undefined && (paths.pkcs12 ?? paths.jks) !== undefined) {
    context.report(
      [...path, 'passphrase'],
      'is required for PKCS #12 and JKS files',
      'Add passphrase: ${file:/path/of/a/file}.',
    );
  }
  return {
    type,
    paths,
    ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(command === undefined ? {} : { command }),
  };
}

/** The Runtime API takes a line apart at its spaces and semicolons. */
function word(given: string, path: ConfigPath, context: ResolveContext): string {
  if (/[\s;\\<#]/.test(given)) {
    context.report(path, 'has a character that the Runtime API gives a meaning of its own');
  }
  return given;
}

function addressOf(given: string, place: (file: string) => string): RuntimeAddress {
  const [, host, port] = /^([\w.-]+|\[[\da-f:]+\]):(\d{1,5})$/i.exec(given) ?? [];
  if (host === undefined) return { path: place(given) };
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
}

function readBundle(file: string, path: ConfigPath, context: ResolveContext): { caPem?: string } {
  try {
    return { caPem: loadCaBundle(file) };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.report([...path, 'caBundle'], thrown.message, thrown.mend);
    return {};
  }
}
