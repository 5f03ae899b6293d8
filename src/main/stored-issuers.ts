/**
 * The issuers of the command line as the store keeps them: settings in clear, but for the key of an
 * external account, which is sealed like every other key.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/id.ts';
import { type IssuerSettings, issuerSettingsSchema } from '../issuers/issuer-settings.ts';
import type { SealedKeys } from '../lifecycle/sealed-keys.ts';
import type { IssuerRecord } from '../store/records.ts';
import type { IssuerTable } from '../store/store.ts';

export interface StoredIssuers {
  list(): Promise<IssuerRecord[]>;
  /** The settings with what was sealed. */
  open(record: IssuerRecord): Promise<IssuerSettings>;
  save(name: string, settings: IssuerSettings): Promise<void>;
}

export interface StoredIssuersOptions {
  readonly table: IssuerTable;
  readonly keys: SealedKeys;
  readonly clock: Clock;
}

export function createStoredIssuers({ table, keys, clock }: StoredIssuersOptions): StoredIssuers {
  return {
    list: () => table.list(),
    async open({ settings, secretId }) {
      if (secretId === undefined) return issuerSettingsSchema.parse(settings);
      const { externalAccount, ...rest } = settings as { readonly externalAccount: object };
      const hmacKey = await keys.loadText(secretId);
      return issuerSettingsSchema.parse({
        ...rest,
        externalAccount: { ...externalAccount, hmacKey },
      });
    },
    async save(name, settings) {
      if (settings.type !== 'acme' || settings.externalAccount === undefined) {
        return table.save({ name, settings });
      }
      const { hmacKey, ...externalAccount } = settings.externalAccount;
      const secretId = `external-account/${newId(clock.now())}`;
      const record = { name, settings: { ...settings, externalAccount }, secretId };
      return table.save(record, keys.sealText(secretId, hmacKey));
    },
  };
}
