/**
 * TLS policies in words, for `explain`.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { sourcesOf } from '../config/policy-sources.ts';
import { hostPort } from '../core/host-port.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import { policyAt } from '../terminator/routing.ts';

/** The usual policy, and those of listeners that have another. */
export function viewPolicies(
  endpoint: Endpoint,
  { terminator }: Pick<Config, 'terminator'>,
): Explanation['policies'] {
  const { terminate } = endpoint;
  if (terminate === undefined) return [];
  const others = terminator.listeners.flatMap((listener) => {
    const policy = listener.policy === undefined ? undefined : policyAt(endpoint, listener);
    return policy === undefined ? [] : [{ listener: hostPort(listener), ...withSources(policy) }];
  });
  return [withSources(terminate), ...others];
}

function withSources(policy: TlsPolicy) {
  return { policy: viewPolicy(policy), sources: { ...sourcesOf(policy) } };
}

/** One line a value, with where it was said. */
export function policyTexts(policies: Explanation['policies']): string[] {
  return policies.flatMap(({ listener, policy, sources }) => [
    listener === undefined ? 'policy:' : `policy on ${listener}:`,
    ...valueTexts(policy).map(([key, text]) => {
      const source = sources[key];
      return source === undefined ? `  ${text}` : `  ${text} (${source})`;
    }),
  ]);
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

type PolicyView = NonNullable<Explanation['policy']>;

function valueTexts(policy: PolicyView): [key: keyof TlsPolicy, text: string][] {
  const compression = policy.certificateCompression.join(', ');
  return [
    ['minVersion', `TLS from ${policy.minVersion}`],
    ['maxVersion', `TLS up to ${policy.maxVersion}`],
    ['ciphers', `ciphers ${policy.ciphers.join(', ')}`],
    ['cipherOrder', `cipher order of the ${policy.cipherOrder}`],
    ['groups', `groups ${policy.groups.join(', ')}`],
    ['alpn', `ALPN ${policy.alpn.join(', ') || 'none'}`],
    ['alpnMismatch', `other ALPN protocols: ${policy.alpnMismatch}`],
    ['certificateCompression', `certificate compression ${compression || 'none'}`],
    ['clientCertificates', `client certificates ${clientCertificatesText(policy)}`],
  ];
}

function clientCertificatesText({ clientCertificates }: PolicyView): string {
  if (clientCertificates === undefined) return 'not asked for';
  const { mode, authorities, checksRevocation } = clientCertificates;
  const by = authorities.length === 0 ? 'of any issuer' : `of ${authorities.join(' or ')}`;
  const verb = { request: 'asked for', require: 'required', verify: 'verified' }[mode];
  return `${verb}, ${by}${checksRevocation ? ', with CRL' : ''}`;
}
