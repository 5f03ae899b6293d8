/**
 * Answers dns-account-01 challenges with the records of one DNS credential: those of dns-01, but at
 * a name of the account's own (draft-ietf-acme-dns-account-label-02). Experimental.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isAddress } from '../../core/names.ts';
import { accountLabel } from '../../dns/account-label.ts';
import { awaitPropagation } from '../../dns/propagation.ts';
import type { DnsCredential, TxtRecord } from '../../dns/provider.ts';
import type { OpenResolver } from '../../dns/resolver.ts';
import type { Challenge, Solver } from '../solver.ts';

export interface DnsAccount01SolverOptions {
  /** Stays open when the solver is closed: other orders use it as well. */
  readonly credential: DnsCredential;
  readonly clock: Clock;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver;
}

export function createDnsAccount01Solver({
  credential: { provider, propagation: settings },
  ...context
}: DnsAccount01SolverOptions): Solver {
  return {
    type: 'dns-account-01',
    present: async (challenge, signal) => provider.addTxt(recordFor(challenge), signal),
    awaitVisible: async (challenges, report, signal) =>
      awaitPropagation(
        { ...context, records: challenges.map(recordFor), settings, report },
        signal,
      ),
    cleanUp: async (challenge, signal) => provider.removeTxt(recordFor(challenge), signal),
    close: async () => {},
  };
}

function recordFor({ name, keyAuthorization, accountUrl }: Challenge): TxtRecord {
  if (isAddress(name)) {
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by dns-account-01`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  }
  if (accountUrl === undefined) throw new TypeError('a dns-account-01 answer without its account');
  return {
    name: `${accountLabel(accountUrl)}._acme-challenge.${name}`,
    value: createHash('sha256').update(keyAuthorization).digest('base64url'),
  };
}
