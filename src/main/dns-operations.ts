/**
 * The operations on records in DNS.
 *
 * @module
 */
import type { Operations, PersistRecord } from '../api/operations.ts';
import { EXPERIMENTAL_CHALLENGES } from '../core/certificate-spec.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { baseName, isAddress, isWildcard, parseName } from '../core/names.ts';
import {
  judgePersistServers,
  type PersistQuestion,
  persistRecordName,
  persistRecordValue,
} from '../dns/persist-record.ts';
import { openSystemResolver } from '../dns/resolver.ts';
import { findTxtAtServers } from '../dns/txt-at-servers.ts';
import type { Issuer, IssuerSource } from '../issuers/issuer.ts';

export interface DnsOperationsOptions {
  readonly issuers: IssuerSource;
  readonly defaultIssuer: () => string | undefined;
  readonly publicResolvers: () => readonly string[] | undefined;
  readonly clock: Clock;
}

export function createDnsOperations(
  options: DnsOperationsOptions,
): Pick<Operations, 'persistRecord'> {
  const { issuers, defaultIssuer, publicResolvers, clock } = options;

  async function look(
    question: PersistQuestion,
    signal: AbortSignal,
  ): Promise<Pick<PersistRecord, 'state' | 'message'>> {
    const record = persistRecordName(question.name);
    try {
      const found = await findTxtAtServers(record, openSystemResolver, publicResolvers(), signal);
      const seen = judgePersistServers(found, question, clock.now());
      const [fault] = seen.lacking;
      if (fault !== undefined) return { state: 'missing', message: fault };
      if (seen.accepting === 0) return { state: 'unknown', message: seen.silent.join(', ') };
      const end = seen.until === undefined ? '' : `, good until ${seen.until.toISOString()}`;
      return { state: 'set', message: `all servers have it${end}` };
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      return { state: 'unknown', message: toAppError(thrown).message };
    }
  }

  return {
    async persistRecord({ name: text, issuer: wanted, withWildcard, until }, _report, signal) {
      const given = parseName(text);
      if (isAddress(given)) {
        throw new AppError('name/address-needs-connection', `cannot prove ${given} by DNS`, {
          mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
        });
      }
      const end = until === undefined ? undefined : new Date(until);
      if (end !== undefined && end <= clock.now()) {
        throw new AppError('input/invalid', `${end.toISOString()} is over already`, {
          mend: 'Give a time to come with --until, or leave it out.',
        });
      }
      const name = withWildcard && !isWildcard(given) ? parseName(`*.${given}`) : given;
      const issuerName = wanted ?? defaultIssuer() ?? '';
      const issuer = await issuers.find(issuerName);
      const question = { name, ...(await factsOf(issuer, issuerName, baseName(name), signal)) };
      return {
        issuer: issuerName,
        draft: EXPERIMENTAL_CHALLENGES['dns-persist-01'] ?? '',
        record: {
          name: persistRecordName(name),
          type: 'TXT',
          value: persistRecordValue(question, end),
        },
        ...(await look(question, signal)),
      };
    },
  };
}

/** What a record says of CA and account. */
async function factsOf(
  issuer: Issuer,
  issuerName: string,
  name: string,
  signal: AbortSignal,
): Promise<Pick<PersistQuestion, 'issuerDomainNames' | 'accountUrl'>> {
  if (issuer.account === undefined || issuer.facts === undefined) {
    throw new AppError('issuer/unsupported', `the issuer "${issuerName}" asks for no proof`, {
      mend: 'Name an issuer of type acme with --issuer.',
    });
  }
  const { url, status, problem } = await issuer.account.show(signal);
  if (url === undefined || status === 'deactivated' || status === 'revoked') {
    const state = status === 'none' ? 'there is no account yet' : `the account is ${status}`;
    throw new AppError(
      'input/invalid',
      `the record names the account at "${issuerName}", and ${state}`,
      { mend: `Register one with \`certctl account register --issuer ${issuerName}\`.` },
    );
  }
  if (status === 'unknown') {
    throw new AppError('acme/unauthorized', `cannot look up the account: ${problem ?? ''}`, {
      mend: 'Try again when the CA answers, or see `certctl account show`.',
    });
  }
  const { caaIdentities } = await issuer.facts(signal);
  if (caaIdentities.length > 0) return { issuerDomainNames: caaIdentities, accountUrl: url };
  throw new AppError('acme/unsupported', `"${issuerName}" does not say by which domain it goes`, {
    mend: `Run \`certctl issue ${name} --challenge dns-persist-01 --issuer ${issuerName}\`: an order has the domain, and what is printed has the record.`,
  });
}
