/**
 * TLS policies in words, for `explain`.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { hostPort } from '../core/host-port.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import { policyAt } from '../terminator/routing.ts';

/** One line for the usual policy, and one for each listener that has another. */
export function policyTexts(
  endpoint: Endpoint,
  { terminator }: Pick<Config, 'terminator'>,
): string[] {
  const { terminate } = endpoint;
  if (terminate === undefined) return [];
  const others = terminator.listeners.flatMap((listener) => {
    const policy = listener.policy === undefined ? undefined : policyAt(endpoint, listener);
    return policy === undefined ? [] : [`policy on ${hostPort(listener)}: ${policyText(policy)}`];
  });
  return [`policy: ${policyText(terminate)}`, ...others];
}

/** What clients without server name get, where that is not refusal. */
export function noServerNameTexts({ terminator }: Pick<Config, 'terminator'>): string[] {
  return terminator.listeners.flatMap((listener) => {
    const taken = listener.noServerName ?? terminator.noServerName;
    if (listener.protocol !== 'tls' || taken === 'refuse') return [];
    return [`clients without server name on ${hostPort(listener)} are taken to mean ${taken}`];
  });
}

/** As the API shows it: authorities by their subjects. */
export function viewPolicy({
  clientCertificates,
  ...others
}: TlsPolicy): NonNullable<Explanation['policy']> {
  // The question mark is for the TLS library alone.
  const policy = { ...others, groups: others.groups.map((group) => group.replace('?', '')) };
  if (clientCertificates === undefined) return policy;
  const { mode, caPem = '', crlPem } = clientCertificates;
  const authorities = (caPem.match(CERTIFICATE) ?? []).map((pem) =>
    new X509Certificate(pem).subject.replaceAll('\n', ', '),
  );
  return {
    ...policy,
    clientCertificates: { mode, authorities, checksRevocation: crlPem !== undefined },
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function policyText(policy: TlsPolicy): string {
  const { minVersion, maxVersion, alpn, alpnMismatch, ciphers, cipherOrder } = policy;
  const { groups } = viewPolicy(policy);
  const versions = minVersion === maxVersion ? maxVersion : `${minVersion} to ${maxVersion}`;
  const compression = policy.certificateCompression.join(', ');
  return [
    `TLS ${versions}`,
    `ALPN ${alpn.join(', ') || 'none'} (${alpnMismatch} others)`,
    `groups ${groups.join(', ')}`,
    `ciphers ${ciphers.join(', ')} (${cipherOrder} order)`,
    ...(compression === '' ? [] : [`certificate compression ${compression}`]),
    `client certificates ${clientCertificatesText(policy)}`,
  ].join('; ');
}

function clientCertificatesText(policy: TlsPolicy): string {
  const { clientCertificates } = viewPolicy(policy);
  if (clientCertificates === undefined) return 'not asked for';
  const { mode, authorities, checksRevocation } = clientCertificates;
  const by = authorities.length === 0 ? 'of any issuer' : `of ${authorities.join(' or ')}`;
  const verb = { request: 'asked for', require: 'required', verify: 'verified' }[mode];
  return `${verb}, ${by}${checksRevocation ? ', with CRL' : ''}`;
}
