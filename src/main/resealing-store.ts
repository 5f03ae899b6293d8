/**
 * A store for a keyring whose active key another process may replace at any moment.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { SecretRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const MOST_ATTEMPTS = 5;

/**
 * Where the store refuses secrets as sealed under a key that is no longer in force, the keyring gets
 * the one that is, the secrets are wrapped by it, and the method is tried again.
 */
export function resealing(store: Store, keyring: Keyring): Store {
  async function retried(
    secrets: readonly SecretRecord[],
    attempt: (secrets: readonly SecretRecord[]) => Promise<unknown>,
  ): Promise<void> {
    let current = secrets;
    for (let count = 1; ; count += 1) {
      try {
        await attempt(current);
        return;
      } catch (thrown) {
        const kekId = kekInForce(thrown);
        if (kekId === undefined || count === MOST_ATTEMPTS) throw thrown;
        await keyring.activate(kekId);
        current = current.map(({ id, sealed }) => ({ id, sealed: keyring.rewrap(id, sealed) }));
      }
    }
  }

  const { secrets, orders, issuances, accounts, issuers, authorities, ticketSecrets } = store;
  return {
    ...store,
    secrets: {
      ...secrets,
      insert: (record) => retried([record], ([only = record]) => secrets.insert(only)),
    },
    orders: {
      ...orders,
      open: (order, secret, fence) =>
        secret === undefined
          ? orders.open(order, undefined, fence)
          : retried([secret], ([only]) => orders.open(order, only, fence)),
    },
    issuances: {
      ...issuances,
      async record({ secret, ...entry }) {
        if (secret === undefined) return issuances.record(entry);
        let certificate = entry.certificate;
        await retried([secret], async ([only = secret]) => {
          certificate = await issuances.record({ ...entry, secret: only });
        });
        return certificate;
      },
    },
    accounts: {
      ...accounts,
      save: (record, secret) =>
        secret === undefined
          ? accounts.save(record)
          : retried([secret], ([only]) => accounts.save(record, only)),
    },
    issuers: {
      ...issuers,
      save: (record, secret) =>
        secret === undefined
          ? issuers.save(record)
          : retried([secret], ([only]) => issuers.save(record, only)),
    },
    ticketSecrets: {
      ...ticketSecrets,
      replace: (gone, added) =>
        added === undefined
          ? ticketSecrets.replace(gone)
          : retried([added.secret], ([only = added.secret]) =>
              ticketSecrets.replace(gone, { ...added, secret: only }),
            ),
    },
    authorities: {
      ...authorities,
      insert: (entries) =>
        retried(
          entries.map(({ secret }) => secret),
          (resealed) =>
            authorities.insert(
              entries.map(({ record, secret }, index) => ({
                record,
                secret: resealed[index] ?? secret,
              })),
            ),
        ),
    },
  };
}

function kekInForce(thrown: unknown): string | undefined {
  if (!(thrown instanceof AppError) || thrown.code !== 'keyring/retired') return undefined;
  const { kekId } = thrown.context;
  return typeof kekId === 'string' ? kekId : undefined;
}
