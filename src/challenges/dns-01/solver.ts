/**
 * Answers dns-01 challenges (RFC 8555 §8.4) with the records of one DNS credential.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isAddress } from '../../core/names.ts';
import { awaitPropagation } from '../../dns/propagation.ts';
import type { DnsCredential, TxtRecord } from '../../dns/provider.ts';
import type { OpenResolver } from '../../dns/resolver.ts';
import type { Challenge, Solver } from '../solver.ts';

export interface Dns01SolverOptions {
  /** Stays open when the solver is closed: other orders use it as well. */
  readonly credential: DnsCredential;
  readonly clock: Clock;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver;
}

export function createDns01Solver({
  credential: { provider, propagation },
  clock,
  openResolver,
}: Dns01SolverOptions): Solver {
  return {
    type: 'dns-01',
    present: async (challenge, signal) => provider.addTxt(recordFor(challenge), signal),
    awaitVisible: async (challenges, report, signal) =>
      awaitPropagation(
        {
          records: challenges.map(recordFor),
          settings: propagation,
          clock,
          report,
          ...(openResolver === undefined ? {} : { openResolver }),
        },
        signal,
      ),
    cleanUp: async (challenge, signal) => provider.removeTxt(recordFor(challenge), signal),
    close: async () => {},
  };
}

function recordFor({ name, token, keyAuthorization }: Challenge): TxtRecord {
  if (isAddress(name)) {
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by dns-01`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  }
  return {
    name: `_acme-challenge.${name}`,
    value: createHash('sha256').update(keyAuthorization).digest('base64url'),
    challenge: { domain: name, token, keyAuthorization },
  };
}
