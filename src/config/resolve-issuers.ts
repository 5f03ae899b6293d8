/**
 * The issuers of a configuration: those of the file, and those that need no file.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { FileConfig } from './file-schema.ts';
import type { AcmeIssuerSettings, IssuerSettings } from '../issuers/issuer-settings.ts';
import { checkMacKey } from './fips-rules.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** A file may give one of these names to something else, or only add to it. */
export const PREDEFINED_ISSUERS: Readonly<Record<string, IssuerSettings>> = {
  letsencrypt: {
    type: 'acme',
    directory: 'https://acme-v02.api.letsencrypt.org/directory',
    acceptTerms: true,
  },
  'letsencrypt-staging': {
    type: 'acme',
    directory: 'https://acme-staging-v02.api.letsencrypt.org/directory',
    acceptTerms: true,
  },
  internal: { type: 'internal' },
};

type FileIssuers = NonNullable<FileConfig['issuers']>;
type AcmeEntry = Extract<FileIssuers[string], { type: 'acme' }>;

export function resolveIssuers(
  issuers: FileIssuers | undefined,
  context: ResolveContext,
): Record<string, IssuerSettings> {
  const resolved = Object.assign(Object.create(null), PREDEFINED_ISSUERS) as Record<
    string,
    IssuerSettings
  >;
  for (const [name, entry] of Object.entries(issuers ?? {})) {
    resolved[name] = entry.type === 'acme' ? resolveAcme(name, entry, context) : entry;
  }
  return resolved;
}

function resolveAcme(name: string, entry: AcmeEntry, context: ResolveContext): AcmeIssuerSettings {
  const path = ['issuers', name];
  const predefined = Object.hasOwn(PREDEFINED_ISSUERS, name) ? PREDEFINED_ISSUERS[name] : undefined;
  const usual = predefined?.type === 'acme' ? predefined.directory : undefined;
  const directory = entry.directory ?? usual;
  if (directory === undefined) {
    context.report(
      [...path, 'directory'],
      'is required: the URL of an ACME directory',
      'Add the https URL that the CA documents as its ACME directory.',
    );
  }
  const { hmacKey } = entry.externalAccount ?? {};
  if (hmacKey !== undefined) {
    checkMacKey(hmacKey, [...path, 'externalAccount', 'hmacKey'], context);
  }
  const { caBundle, ...others } = entry;
  return {
    ...others,
    directory: directory ?? '',
    ...(caBundle === undefined ? {} : readBundle(caBundle, [...path, 'caBundle'], context)),
  };
}

function readBundle(
  file: string,
  path: ConfigPath,
  context: ResolveContext,
): { caBundle?: string } {
  try {
    return { caBundle: loadCaBundle(resolve(context.directory, file)) };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.report(path, thrown.message, thrown.mend);
    return {};
  }
}
