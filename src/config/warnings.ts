/**
 * What a configuration may say and its author should know.
 *
 * @module
 */
import { type Clock, DAY_MS, after } from '../core/clock.ts';
import { displayName } from '../core/names.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import type { Config } from './config.ts';
import { crlExpiry } from './load-crl.ts';

export interface ConfigWarning {
  readonly subject: string;
  readonly message: string;
  readonly mend: string;
}

/** Sooner than this, a revocation list should have been replaced. */
const CRL_NOTICE_MS = DAY_MS;

export function warningsOf(
  { endpoints, terminator }: Pick<Config, 'endpoints' | 'terminator'>,
  clock: Clock,
): ConfigWarning[] {
  const reached = new Set(terminator.listeners.map(({ protocol }) => protocol));
  return endpoints.flatMap((endpoint) => {
    const subject = displayName(endpoint.host);
    const faults = [
      ...(reached.has(endpoint.protocol === 'http' ? 'http' : 'tls') ? [] : [unreached(endpoint)]),
      ...policiesOf(endpoint).flatMap((policy) => faultsOf(policy, clock)),
    ];
    return [...new Set(faults)].map((fault) => ({ subject, ...WARNINGS[fault] }));
  });
}

function unreached({ protocol }: Endpoint): keyof typeof WARNINGS {
  return protocol === 'http' ? 'noHttpListener' : 'noTlsListener';
}

const WARNINGS = {
  noHttpListener: {
    message: 'is served nowhere: no listener has protocol http',
    mend: 'Add one: listeners: [{ address: ":80", protocol: http }].',
  },
  noTlsListener: {
    message: 'is served nowhere: every listener has protocol http',
    mend: 'Add one for TLS: listeners: [{ address: ":443" }].',
  },
  legacy: {
    message: 'accepts TLS 1.1, whose hashes are broken (RFC 8996)',
    mend: 'Write minVersion: "1.2" as soon as no client needs the older one.',
  },
  crl: {
    message: 'has a CRL that expires within a day; its clients are all refused from then on',
    mend: 'Put the present revocation list in place.',
  },
} as const;

function faultsOf(policy: TlsPolicy, clock: Clock): (keyof typeof WARNINGS)[] {
  const { crlPem } = policy.clientCertificates ?? {};
  const expiry = crlPem === undefined ? undefined : crlExpiry(crlPem);
  return [
    ...(policy.minVersion === '1.1' ? (['legacy'] as const) : []),
    ...(expiry !== undefined && expiry < after(clock.now(), CRL_NOTICE_MS)
      ? (['crl'] as const)
      : []),
  ];
}

function policiesOf({ terminate, terminateAt = {} }: Endpoint): TlsPolicy[] {
  return [...(terminate === undefined ? [] : [terminate]), ...Object.values(terminateAt)];
}
