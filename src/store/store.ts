/**
 * The store's contract: every method is one transaction, durable when its promise resolves.
 *
 * Several processes may use one store at once. A method that finds the store locked waits a bounded
 * time and then fails with `store/busy`; a full or read-only disk fails with `store/unwritable` and
 * leaves nothing half-written.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { AuditTable, IdempotencyTable, TokenTable } from './access.ts';
import type { BudgetTable } from './budgets.ts';
import type { InventoryTable } from './inventory.ts';
import type { CertificateWithIssuance, Page } from './page.ts';
import type { DeploymentTable } from './deployments.ts';
import type { DeliveryTable } from './deliveries.ts';
import type { ServedTable } from './served.ts';
import type { EventTable } from './events.ts';
import type { StatisticsTable } from './statistics.ts';
import type { SessionTable } from './sessions.ts';
import type {
  AccountRecord,
  AuthorityRecord,
  AuthorityRole,
  CertificateRecord,
  IssuanceRecord,
  IssuerRecord,
  LeaseRecord,
  OrderRecord,
  SecretRecord,
  TicketSecretRecord,
} from './records.ts';

export type { CertificateWithIssuance, Page } from './page.ts';

export interface Store {
  readonly certificates: CertificateTable;
  readonly issuances: IssuanceTable;
  readonly orders: OrderTable;
  readonly accounts: AccountTable;
  readonly authorities: AuthorityTable;
  readonly issuers: IssuerTable;
  readonly secrets: SecretTable;
  readonly ticketSecrets: TicketSecretTable;
  readonly leases: LeaseTable;
  readonly budgets: BudgetTable;
  readonly inventory: InventoryTable;
  readonly tokens: TokenTable;
  readonly sessions: SessionTable;
  readonly audit: AuditTable;
  readonly idempotency: IdempotencyTable;
  readonly deployments: DeploymentTable;
  readonly events: EventTable;
  readonly deliveries: DeliveryTable;
  readonly served: ServedTable;
  readonly statistics: StatisticsTable;
  /**
   * A number that differs from the last one when another process has committed a change since.
   * Cheap enough to ask several times a second.
   */
  foreignChanges(): Promise<number>;
  close(): Promise<void>;
}

/**
 * The lease under which a change is made. A change fails with `lease/held`, and nothing of it is
 * written, once the lease was released or taken over: who was thought dead must not write.
 */
export type Fence = Pick<LeaseRecord, 'name' | 'holder' | 'fencingToken'>;

export interface CertificateTable {
  /** @throws `store/conflict` when a certificate with the same names and key algorithm exists. */
  insert(record: CertificateRecord): Promise<void>;
  /**
   * Replaces the record and increments its revision, which it returns.
   * @throws `store/conflict` when `record.revision` is not the stored one, or another certificate
   * has its names and key algorithm.
   */
  update(record: CertificateRecord, fence?: Fence): Promise<CertificateRecord>;
  find(id: string): Promise<CertificateRecord | undefined>;
  /** Those whose names are exactly `names`: at most one with an EC key, then one with an RSA key. */
  withNames(names: readonly Name[]): Promise<CertificateRecord[]>;
  /** In the order of creation. */
  list(page: Page): Promise<CertificateWithIssuance[]>;
  /** Those that the configuration asked for: of source `file` or `endpoint`. */
  configured(): Promise<CertificateRecord[]>;
  /** Those that have `name` itself or its covering wildcard among their names. */
  covering(name: Name): Promise<CertificateWithIssuance[]>;
  /**
   * Those whose `nextActionAt` has come, by time left: first those without any certificate, then
   * those whose certificate expires first. Then those that were updated in the future: their
   * `nextActionAt` is that of a clock which has been set back since. Costs what is due, however
   * many others there are.
   */
  due(now: Date, limit: number): Promise<CertificateRecord[]>;
  earliestActionAt(): Promise<Date | undefined>;
  /**
   * Removes the certificate with its issuances, orders and their secrets. Idempotent, unless it is
   * to be of this revision.
   * @throws `store/conflict` when it is of another revision, or gone.
   */
  remove(id: string, revision?: number): Promise<void>;
}

export interface IssuanceTable {
  /**
   * Records a new chain at once with all that follows from it: the key's secret where it is not in
   * the store yet, the certificate's record, and the end of the order it came from.
   * @throws `store/conflict` as `certificates.update`, and when the order has already ended.
   */
  record(entry: {
    readonly issuance: IssuanceRecord;
    readonly secret?: SecretRecord;
    readonly certificate: CertificateRecord;
    readonly orderId?: string;
    readonly fence?: Fence;
  }): Promise<CertificateRecord>;
  find(id: string): Promise<IssuanceRecord | undefined>;
  /** The newest first. */
  ofCertificate(certificateId: string): Promise<IssuanceRecord[]>;
  /** Those with this public key, whatever certificate they are of; the newest first. */
  withKey(keyFingerprint256: string): Promise<IssuanceRecord[]>;
  markRevoked(id: string, at: Date, reason: string): Promise<void>;
}

export interface OrderTable {
  /**
   * Opens a journal: the order and its sealed key in one transaction; without `secret` the key is
   * one that the store has already, or elsewhere.
   * @throws `store/conflict` when the certificate has an unfinished order.
   */
  open(order: OrderRecord, secret?: SecretRecord, fence?: Fence): Promise<void>;
  /**
   * Replaces the record. Setting `outcome` finishes the order.
   * @throws `store/conflict` when the order was removed, or finished with another outcome.
   */
  update(order: OrderRecord, fence?: Fence): Promise<void>;
  find(id: string): Promise<OrderRecord | undefined>;
  /** The unfinished order of a certificate. */
  unfinishedOf(certificateId: string): Promise<OrderRecord | undefined>;
  /** All unfinished orders, the oldest first. */
  unfinished(): Promise<OrderRecord[]>;
  /** Finished orders whose answers are not all taken away, the oldest first. */
  withLeftovers(limit: number): Promise<OrderRecord[]>;
  /** Those of the CA's URLs that no order here has, in the given order. */
  unknownAmong(urls: readonly string[]): Promise<string[]>;
}

export interface AccountTable {
  /**
   * Inserts or replaces the account of its directory, with a key where one is given. Keys that no
   * account has any more are removed.
   */
  save(record: AccountRecord, secret?: SecretRecord): Promise<void>;
  find(directoryUrl: string): Promise<AccountRecord | undefined>;
  list(): Promise<AccountRecord[]>;
}

export interface AuthorityTable {
  /** Inserts the authorities with their keys, all or none. @throws `store/conflict` when one exists. */
  insert(
    entries: readonly { readonly record: AuthorityRecord; readonly secret: SecretRecord }[],
  ): Promise<void>;
  find(issuer: string, role: AuthorityRole): Promise<AuthorityRecord | undefined>;
}

export interface IssuerTable {
  /** Inserts or replaces the issuer with its secret; the one that it had before is removed. */
  save(record: IssuerRecord, secret?: SecretRecord): Promise<void>;
  list(): Promise<IssuerRecord[]>;
}

/**
 * The secret that says which key-encryption key is in force: its own. Where it exists, every method
 * that stores a secret refuses one under another key with `keyring/retired`, whose context has the
 * `kekId` in force. So a key that nothing uses stays unused, whatever other processes still know.
 */
export const KEYRING_CHECK = 'keyring-check';

export interface SecretTable {
  /** @throws `store/conflict` when the id is taken, `keyring/retired`. */
  insert(record: SecretRecord): Promise<void>;
  find(id: string): Promise<SecretRecord | undefined>;
  /** How many secrets each key-encryption key wraps, by its id. */
  countByKek(): Promise<readonly KekUse[]>;
  /** Those of one key-encryption key, each of them in one of the pages. */
  listByKek(kekId: string, page: Page): Promise<SecretRecord[]>;
  /**
   * Replaces key-encryption key and wrapped key of those that are still under `fromKekId`, and leaves
   * the others; returns how many. Only `KEYRING_CHECK` may go to a key that is not in force.
   * @throws `keyring/retired`, and has replaced none.
   */
  replaceWrapping(fromKekId: string, records: readonly SecretRecord[]): Promise<number>;
}

export interface TicketSecretTable {
  /** The newest first. */
  list(): Promise<TicketSecretRecord[]>;
  /** Removes those and adds this one, with their secrets. Ids of other secrets are left alone. */
  replace(
    gone: readonly string[],
    added?: { readonly record: TicketSecretRecord; readonly secret: SecretRecord },
  ): Promise<void>;
}

export interface KekUse {
  readonly kekId: string;
  readonly secrets: number;
}

export interface LeaseTable {
  /**
   * Takes the lease when it is free, expired, or already `holder`'s; otherwise `undefined`.
   * A fresh claim gets a greater fencing token than every claim of this name before it; the holder
   * of a lease that has not expired keeps its token.
   */
  claim(name: string, holder: string, ttlMs: number, now: Date): Promise<LeaseRecord | undefined>;
  /** Extends the lease; `undefined` when it was lost to another holder. */
  extend(lease: LeaseRecord, ttlMs: number, now: Date): Promise<LeaseRecord | undefined>;
  /** Gives the lease back; does nothing when it was lost. */
  release(lease: LeaseRecord): Promise<void>;
  /** The lease that was given last, even when it has expired; `undefined` after its release. */
  find(name: string): Promise<LeaseRecord | undefined>;
}
