/**
 * Updates the TXT values of accounts at an acme-dns server, which keeps the last two of each.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createTurns } from '../turns.ts';
import { plainName } from '../zone-search.ts';
import type { AcmeDnsSettings } from './metadata.ts';

export function createAcmeDnsProvider(
  { url, accounts, ca }: AcmeDnsSettings,
  { clock, baseUrl = url }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'acme-dns',
    baseUrl,
    clock,
    secrets: Object.values(accounts).flatMap(({ username, password }) => [username, password]),
    unauthorizedMend:
      'Give username and password of the account, and allow this machine in its allowfrom.',
    caPem: ca,
  });
  const turns = createTurns();
  const kept = new Map<string, readonly string[]>();
  return {
    addTxt: (record, signal) =>
      turns.take(
        record.name,
        async () => {
          const account = accountOf(accounts, record.name);
          const { username, password, subdomain } = account;
          // An update with a value that is there already would push the other one out.
          const values = kept.get(subdomain) ?? [];
          if (values.includes(record.value)) return;
          await api.send(
            {
              attempt: ATTEMPTS.write(record.name),
              method: 'POST',
              path: '/update',
              headers: { 'x-api-user': username, 'x-api-key': password },
              json: { subdomain, txt: record.value },
            },
            signal,
          );
          kept.set(subdomain, [...values, record.value].slice(-KEPT_VALUES));
        },
        signal,
      ),
    removeTxt: async (record, signal) => {
      signal.throwIfAborted();
      // The server has no such request: values go when two others have come.
      accountOf(accounts, record.name);
    },
    close: () => api.close(),
  };
}

type Accounts = AcmeDnsSettings['accounts'];

/** By the domain, or by the name that its CNAME leads to. */
function accountOf(accounts: Accounts, name: string): Accounts[string] {
  const found = Object.entries(accounts).find(
    ([domain, { fulldomain }]) =>
      name === fulldomain || name === `_acme-challenge.${plainName(domain)}`,
  );
  if (found !== undefined) return found[1];
  throw new AppError(
    'dns/zone-not-found',
    `no account of this acme-dns credential is for ${name}`,
    {
      mend: 'Register an account at the acme-dns server, and add it under the domain.',
      context: { name },
    },
  );
}

const KEPT_VALUES = 2;
